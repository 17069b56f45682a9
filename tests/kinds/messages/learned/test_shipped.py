"""The models that ship: whole, small, from data that may be shipped, and rebuilt by commands that stand in the Makefile."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from assay.core.batch import Batch
from assay.core.finding import Verdict
from assay.core.kind import kinds, load
from assay.core.profile import Profile
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.learned.detectors import open_models
from tests.kinds.messages.sayings import HONEST as HONEST_SAYINGS
from tests.kinds.messages.sayings import LURES as LURE_SAYINGS

ROOM = kinds()["messages"]
SHIPPED = ROOM.models
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def detectors():
    assert SHIPPED is not None
    return {d.name: d for d in open_models(SHIPPED)}


def test_both_open_with_the_version_their_content_has(detectors) -> None:
    assert set(detectors) == {"messages.model", "messages.url-model"}
    assert {"messages.model", "messages.url-model"} <= {d.name for d in load(ROOM.detectors)(SHIPPED)}


def test_they_are_small_and_say_what_they_learned_from() -> None:
    assert SHIPPED is not None
    assert sum(p.stat().st_size for p in SHIPPED.rglob("*") if p.is_file()) < 9_000_000
    text = json.loads((SHIPPED / "texts" / "card.json").read_text("utf-8"))
    link = json.loads((SHIPPED / "links" / "card.json").read_text("utf-8"))
    assert "CC BY 4.0" in text["data"]["licence"]
    assert "assay simulate messages --seed 2026" in text["data"]["licence"]
    assert set(link["data"]["rows"]) == {"links"}
    assert "assay simulate links --seed 2026" in link["data"]["licence"]
    assert text["fails"]
    assert link["fails"]


LURES = [
    "Your electricity account is past due and will be switched off tonight, settle it here: energy-bill-now.top/pay",
    "Mum it's me, my phone fell in the sink so I'm on a new number, can you message me on WhatsApp as soon as you see this",
    "尊敬的用户，您的快递因信息有误被退回，请点击 kd-fix.top/x 重新填写地址并支付2元",
    "Sehr geehrter Kunde, Ihr Konto wurde eingeschränkt. Bestätigen Sie Ihre Angaben sofort unter konto-pruefung.xyz/login",
    "Su tarjeta ha sido bloqueada por seguridad, actualice sus datos en las próximas horas: tarjeta-activa.info/login",
    "Votre colis est bloqué en douane, réglez 1,99 € pour la livraison: douane-colis.xyz/payer",
]
HONEST = [
    "Your one-time code is 482913. It expires in five minutes. Do not share it with anyone.",
    "Hi, just parking the car, order me a coffee please",
    "您的验证码是482913，5分钟内有效，请勿告诉他人。",
    "Ihr Paket wurde heute um 14:20 Uhr bei Ihrem Nachbarn abgegeben.",
    "Recuerde su cita con el dentista el martes a las 10:30.",
    "Votre rendez-vous chez le médecin est confirmé pour lundi à 9h.",
]


@pytest.mark.parametrize("text", LURES)
def test_a_lure_of_today_is_noticed_in_five_languages(detectors, text: str) -> None:
    batch = Batch.of([Message(id="m", time=NOW, channel="sms", text=text)])
    assert (
        detectors["messages.model"].examine(batch, Profile.empty(1)).explain(np.array([0]))[0].verdict == "suspicious"
    )


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_text_of_today_is_left_in_peace(detectors, text: str) -> None:
    batch = Batch.of([Message(id="m", time=NOW, channel="sms", text=text)])
    told = detectors["messages.model"].examine(batch, Profile.empty(1)).explain(np.array([0]))[0]
    assert told.verdict in ("genuine", "none")


def test_sentences_that_another_hand_wrote(detectors) -> None:
    """Of the exact detectors' sayings, in eleven languages: no honest one is flagged by its words, most lures are."""

    def flagged(name: str, text: str) -> bool:
        batch = Batch.of([Message(id="m", time=NOW, channel="sms", text=text)])
        return bool(detectors[name].examine(batch, Profile.empty(1)).verdict[0] == Verdict.SUSPICIOUS)

    honest = [text for _, text in HONEST_SAYINGS if flagged("messages.model", text)]
    assert len(honest) <= 1, honest
    assert sum(flagged("messages.model", text) for _, text, _ in LURE_SAYINGS) >= 0.8 * len(LURE_SAYINGS)
    links = [text for _, text in HONEST_SAYINGS if flagged("messages.url-model", text)]
    assert len(links) <= 1, links
