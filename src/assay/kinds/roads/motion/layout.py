"""Where things stand: columns of a message, of a sender's state, and of the numbers made of each message.

State is plain arrays, so that it can be kept and brought back as bytes. Every doubt is about 1 where a careful rule would
speak; each is kept as it is now, at its worst lately (`PEAK_LIFE`), and on average (`SMOOTH_LIFE`).
"""

from __future__ import annotations

# A message as kernels take it: s (of its generation), m east, m north, m/s, rad clockwise from north, m/s², m (one sigma of the
# position), s from generation to reception, m long, m wide.
T, X, Y, V, H, A, E, D, L, W = range(10)
MESSAGE = 10

WAYS = 8  # senders that share one set of the table; of a full set the one silent for longest is forgotten
SETS = 1 << 13
SENDERS = SETS * WAYS
PAST = 10  # messages remembered of each sender
GAP = 6.0  # seconds of silence after which a sender's next message begins anew
PEAK_LIFE = 120.0  # seconds after which a peak has gone down to 1/e
SMOOTH_LIFE = 8.0

# What is measured of a message, NaN where nothing can be said.
MEASURES = (
    "interval", "path", "across", "speed_change", "course", "swing", "still", "position_innovation", "velocity_innovation",
    "nearest", "overlap", "others", "companion", "companion_drift", "net", "span", "gain", "repeat", "fit", "road_others", "road_known",
    "rate", "echo", "late", "resized", "pace",
)  # fmt: skip
AT = {name: i for i, name in enumerate(MEASURES)}

DOUBTS = (
    "path", "across", "speed", "still", "turn", "course", "innovation", "velocity", "overlap", "companion", "off-road", "net",
    "gain", "repeat", "fit", "rate", "echo",
)  # fmt: skip
OUTSIDE = ("rate", "echo")
"""Doubts that no model reads: how often one speaks depends on the standard and the channel, and an echo is exact already."""
DOUBT = {name: i for i, name in enumerate(DOUBTS)}
NOISY = ("path", "across", "speed", "innovation", "velocity", "net", "gain")
"""Those that grow with everybody's noise: they are held against what is usual among all senders."""

# A sender's state.
COUNT, LAST, CELL, INTERVAL = range(4)
KALMAN = 4  # x, y, vx, vy, p_pp, p_pv, p_vv
COMPANION = 11  # its slot, when, and where it was in the sender's own axes (along, across)
ECHO = 15  # key of whom it repeats, how much later, and how many messages running
SIZE = 18  # length and width as first told
LAGGED = 20  # when its delivery last counted
PEAK = 21
SMOOTH = PEAK + len(DOUBTS)
STATE = SMOOTH + len(DOUBTS)
