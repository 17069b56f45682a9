"""`assay train messages` and `assay evaluate messages`, from tables as people have them to folders that open."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import ModelError, UnreadableInput
from assay.kinds.messages.evaluate import evaluate
from assay.kinds.messages.learned.detectors import open_models
from assay.kinds.messages.learned.labelled import read_labelled
from assay.kinds.messages.learned.report import rebased
from assay.kinds.messages.train import train
from assay.learning import EvaluateRequest, TrainRequest
from tests.kinds.messages.learned.world import some_links, some_texts


def write(path: Path, header: list[str], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("labelled")
    rows, _ = some_texts()
    said = [("smishing" if t else "ham", text) for t, text in zip(rows.truth[:200], rows.content, strict=False)]
    write(made / "sms.csv", ["label", "text"], [*said, ("label", "text"), said[0], ("ham", "")])
    urls, truth = some_links()
    write(
        made / "urls.csv", ["phishing", "url"], [(str(int(t)), url) for t, url in zip(truth[:200], urls, strict=False)]
    )
    return made


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    train(TrainRequest(folder, None, folder / "out", {"seed": 1, "licence": "ours", "folds": 2}))
    return folder / "out"


def test_tables_are_known_by_their_columns_and_repeats_and_strays_are_left_out(folder: Path) -> None:
    tables = read_labelled(folder)
    assert tables.texts is not None
    assert tables.links is not None
    assert (tables.texts.refused, tables.texts.repeated >= 1) == (2, True)
    assert set(tables.texts.label) == {"smishing", "ham"}
    assert len(np.unique(tables.links.group)) < len(tables.links) + 1


def test_a_folder_of_both_makes_both_models_with_honest_cards(trained: Path) -> None:
    assert {d.name for d in open_models(trained)} == {"messages.model", "messages.url-model"}
    card = json.loads((trained / "texts" / "card.json").read_text("utf-8"))
    assert card["data"]["licence"] == "ours"
    assert card["data"]["rows"]["sms"] == card["figures"]["rows"]
    assert card["rebuild"].startswith("assay train messages --data ")
    assert card["fails"]
    assert {"unsure", "sure"} == set(card["bands"])
    assert sum(f.stat().st_size for f in (trained / "texts").iterdir()) < 4_000_000


def test_the_same_data_and_seed_give_the_same_model(folder: Path, trained: Path, tmp_path: Path) -> None:
    again = train(
        TrainRequest(folder / "urls.csv", None, tmp_path / "links", {"seed": 1, "licence": "ours", "folds": 2})
    )
    known = open_models(trained / "links")[0].model.files()
    assert open_models(again.out)[0].model.files() == known


def test_a_model_is_evaluated_on_what_it_reads(folder: Path, trained: Path) -> None:
    found = evaluate(EvaluateRequest(folder / "sms.csv", None, trained / "texts"))
    assert set(found) == {"messages.model"}
    assert found["messages.model"]["auc"] > 0.99  # of rows it learned from: it must know them
    with pytest.raises(ModelError):
        evaluate(EvaluateRequest(folder / "sms.csv", None, folder))


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "x.csv", ["a", "b"], [("1", "2")])
    with pytest.raises(UnreadableInput):
        read_labelled(tmp_path / "x.csv")


def test_probabilities_are_stated_for_few_lures_and_ranks_stay(trained: Path) -> None:
    told = json.loads((trained / "texts" / "card.json").read_text("utf-8"))["base_rate"]
    assert told["stated"] < told["learned"]
    detector = open_models(trained / "texts")[0]
    score = np.linspace(-5, 5, 50)
    assert (np.diff(detector.model.calibration(score)) > 0).all()
    back = rebased(detector.model.calibration, told["stated"], told["learned"])
    assert (back(score) > detector.model.calibration(score)).all()
