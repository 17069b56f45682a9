"""What every test may use: the room from outside on the path, and parcels to assess."""

import sys
from pathlib import Path

ROOM = Path(__file__).parent / "room"
sys.path.insert(0, str(ROOM))
