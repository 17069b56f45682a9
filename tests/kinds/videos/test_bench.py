"""The bench: clips of a folder by source, real ones saved again, a made film in a process of its own."""

from assay.kinds.videos.bench import bench, long_film
from assay.kinds.videos.judged import clips
from tests.kinds.videos.films import drawn, film, moving


def test_a_folder_of_clips(tmp_path):
    rows = ["path,label,generator,source,origin,licence,split"]
    for i, (name, label, source, content) in enumerate(
        [
            ("a/1.mp4", "real", "a", film(moving(1, 30))),
            ("a/2.mp4", "real", "a", film(moving(2, 30))),
            ("b/3.gif", "ai_video", "b", drawn(moving(3, 12))),
            ("c/4.jpg", "real", "c", b"\xff\xd8\xff"),
            ("d/5.mp4", "real", "d", b"no film"),
        ]
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
        rows.append(f"{name},{label},g{i},{source},o,l,train")
    rows.append("gone/6.mp4,real,g,gone,o,l,train")
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    assert [clip.path.name for clip in clips(tmp_path)] == ["1.mp4", "2.mp4", "3.gif"]
    told = bench(tmp_path, short=True)
    assert (told["clips"]["a"]["n"], told["clips"]["b"]["label"]) == (2, "ai_video")
    assert told["false_alarms"] == {"n": 2, "flagged": 0, "room_up_to": 1.0}
    assert set(told["saved_again"]) == {"vp8", "half size", "motion jpeg", "half the frames"}
    assert all(one["n"] == 2 and not one["flagged"] for one in told["saved_again"].values())
    assert told["generated"]["interval"] is None, "two sources are no interval"
    assert told["speed"]["looked_at"] > 10


def test_a_made_film_is_examined_in_a_process_of_its_own():
    told = long_film(320, 180, 20.0, 12.5)
    assert told["frames"] == 250
    assert told["peak_bytes"] < 1.5e9
