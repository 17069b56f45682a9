"""Near duplicates stay together; different texts stay apart."""

import numpy as np

from assay.kinds.messages.learned.near import groups


def test_texts_that_differ_in_a_word_are_one_group_also_through_a_third() -> None:
    a = "your parcel is held at our depot please pay the fee today"
    b = "your parcel is held at our depot please pay the fee tomorrow"
    c = "dear customer your parcel is held at our depot please pay the fee tomorrow"
    d = "shall we meet at the station at seven this evening or later"
    found = groups([a, d, b, c])
    assert found[0] == found[2] == found[3] != found[1]


def test_short_texts_are_grouped_only_when_they_say_the_same() -> None:
    found = groups(["ok see you", "Ok  see you", "ok see me"])
    assert found[0] == found[1] != found[2]


def test_the_order_of_the_texts_does_not_matter() -> None:
    texts = [f"code {i} is your login code for the app do not share it" for i in range(5)] + [
        "nothing alike here at all"
    ]
    forwards, backwards = groups(texts), groups(texts[::-1])[::-1]
    assert all((forwards[:, None] == forwards).ravel() == (backwards[:, None] == backwards).ravel())


def test_unspaced_texts_are_compared_by_their_characters() -> None:
    found = groups(
        ["您的包裹因地址不详无法派送请点击链接", "您的包裹因地址不详无法派送请点链接", "今晚几点的电影我在地铁口等你"]
    )
    assert found[0] == found[1] != found[2]
    assert found.dtype == np.int64
