"""Test the list of open questions about Pipedrive's server."""

from __future__ import annotations

import re

from pipedrive_leads_async.sandbox._operations.open_questions import OPEN_QUESTIONS


def test_every_question_has_a_short_id_of_its_own() -> None:
    ids = [question.id for question in OPEN_QUESTIONS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", id) and len(id) <= 24 for id in ids)


def test_every_question_is_answered_for_the_sandbox() -> None:
    for question in OPEN_QUESTIONS:
        assert question.question.endswith("?")
        assert question.sandbox.endswith(".")
