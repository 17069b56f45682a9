"""A model folder opens as it was written, or not at all."""

import pytest

from assay.core.errors import ModelError
from assay.learning import registry

FILES = {"model.1.txt": "tree\n", "features.json": '{"columns": ["amount"]}'}


def test_it_opens_under_the_hash_of_its_content(tmp_path):
    saved = registry.save(tmp_path / "m", FILES, {"detector": "x", "auc": float("nan")})
    opened = registry.open_folder(tmp_path / "m")
    assert opened.version == saved.version == registry.content_hash(FILES, {"detector": "x", "auc": None})
    assert opened.files == FILES
    assert opened.json("features.json") == {"columns": ["amount"]}
    assert opened.card["auc"] is None


@pytest.mark.parametrize("name", ["model.1.txt", "features.json", "card.json"])
def test_a_changed_file_is_refused(tmp_path, name):
    registry.save(tmp_path, FILES, {"detector": "x", "seed": 1})
    file = tmp_path / name
    file.write_text(file.read_text().replace('"seed": 1', '"seed": 2') + " " * (name != "card.json"))
    with pytest.raises(ModelError, match="does not match its version"):
        registry.open_folder(tmp_path)


def test_a_file_too_many_or_too_few_is_refused(tmp_path):
    registry.save(tmp_path, FILES, {"detector": "x"})
    (tmp_path / "more.txt").write_text("")
    with pytest.raises(ModelError):
        registry.open_folder(tmp_path)
    (tmp_path / "more.txt").unlink()
    registry.open_folder(tmp_path)
    (tmp_path / "model.1.txt").unlink()
    with pytest.raises(ModelError):
        registry.open_folder(tmp_path)


def test_saving_replaces_a_model_but_never_other_files(tmp_path):
    first = registry.save(tmp_path / "m", FILES, {"detector": "x"})
    second = registry.save(tmp_path / "m", {"model.2.txt": ""}, {"detector": "x"})
    assert second.version != first.version
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["card.json", "model.2.txt"]
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    with pytest.raises(ModelError, match="other files"):
        registry.save(tmp_path / "photos", FILES, {"detector": "x"})
    assert (tmp_path / "photos" / "cat.jpg").read_text() == "meow"


def test_models_are_found_at_or_under_a_path(tmp_path):
    assert registry.find(None) == []
    assert registry.find(tmp_path / "absent") == []
    registry.save(tmp_path / "b", FILES, {"detector": "b"})
    registry.save(tmp_path / "a", FILES, {"detector": "a"})
    assert [p.name for p in registry.find(tmp_path)] == ["a", "b"]
    assert registry.find(tmp_path / "a") == [tmp_path / "a"]


def test_no_model_says_so(tmp_path):
    with pytest.raises(ModelError, match="no model here"):
        registry.open_folder(tmp_path)


def test_a_file_hash_is_that_of_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert registry.file_hash(tmp_path / "a").startswith("ba7816bf")
