"""What of a topic a browser is told."""

from __future__ import annotations

import json
import math

from explorer.live.topics import Look, Told, Topic


def heard(topic: Topic, told: Told) -> dict:
    letter = topic.letter(told)
    return json.loads(letter) if letter else {}


def test_a_browser_is_told_what_changed_and_only_that():
    topic, told = Topic("run:a"), Told()
    assert topic.take(Look({"state": "running", "step": 1}))
    assert heard(topic, told)["parts"] == {"state": "running", "step": 1}
    assert not topic.take(Look({"state": "running", "step": 1}))
    assert heard(topic, told) == {}
    topic.take(Look({"state": "running", "step": 2}))
    assert heard(topic, told)["parts"] == {"step": 2}


def test_who_reads_slowly_gets_the_newest_part_and_all_rows():
    topic, told = Topic("run:a"), Told()
    for step in range(5):
        topic.take(Look({"step": step}, list(range(step + 1))))
    letter = heard(topic, told)
    assert (letter["parts"], letter["from"], letter["rows"]) == ({"step": 4}, 0, [0, 1, 2, 3, 4])


def test_who_comes_back_gets_what_was_missed():
    topic = Topic("run:a")
    topic.take(Look({"state": "running", "step": 1}, [1, 2]))
    version = topic.version
    topic.take(Look({"state": "running", "step": 3}, [1, 2, 3]))
    letter = heard(topic, Told(version, 2))
    assert (letter["since"], letter["parts"], letter["from"], letter["rows"]) == (version, {"step": 3}, 2, [3])


def test_a_log_begun_anew_is_told_from_its_first_row():
    for anew in ([1], [1, 5, 6, 7]):  # shorter; as long or longer, with another row where the last was known
        topic, told = Topic("run:a"), Told()
        topic.take(Look({}, [1, 2, 3]))
        heard(topic, told)
        topic.take(Look({}, anew))
        assert topic.value("rows_anew") == topic.version
        assert heard(topic, Told(0, 0))["rows"] == anew


def test_a_part_that_is_gone_is_null_and_no_number_is_null():
    topic, told = Topic("run:a"), Told()
    topic.take(Look({"eta": 4.0, "kl": math.nan}))
    assert heard(topic, told)["parts"] == {"eta": 4.0, "kl": None}
    topic.take(Look({"kl": math.nan}))
    assert heard(topic, told)["parts"] == {"eta": None}


def test_old_rows_are_not_written_again():
    written = []

    def row_json(row: int) -> int:
        written.append(row)
        return row

    topic = Topic("run:a")
    topic.take(Look({}, range(1000), row_json))
    written.clear()
    topic.take(Look({}, range(1001), row_json))
    assert written == [999, 1000]  # the last known one, to see whether it is the same log


def test_what_browsers_say_that_they_know_fills_no_memory():
    topic = Topic("run:a")
    topic.take(Look({}, list(range(1000))))
    for known in range(1000):
        heard(topic, Told(0, known))
    assert len(topic._letters) <= 32
    assert heard(topic, Told(0, 998))["rows"] == [998, 999]
