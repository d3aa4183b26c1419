"""Open questions about Pipedrive's server, and the sandbox's choice for each.

No documentation, recording or public report settles these questions. Code that is tested with the
sandbox should work whatever their answers are. With an account, `python -m tests.live` settles
those that one API token can settle.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Question(NamedTuple):
    """One question; its `id` never changes. `sandbox` describes the behaviour of the sandbox."""

    id: str
    question: str
    sandbox: str


OPEN_QUESTIONS: Final = (
    Question(
        "archived-lead-change",
        "How is a change of an archived lead refused, and is it accepted with is_archived false?",
        "It refuses any change but is_archived false alone, with a 400.",
    ),
    Question(
        "unknown-field-key",
        "Is the key of a custom field that does not exist ignored, as it is for deals?",
        "It ignores the key.",
    ),
    Question(
        "deleted-field-key",
        "Is the key of a deleted custom field ignored, as it is for deals?",
        "It ignores the key.",
    ),
    Question(
        "amount-without-currency",
        "Does an amount in a custom field take the user's currency, as it does for deals?",
        "It takes the currency that the lead has for the field, or else that of the user.",
    ),
    Question(
        "option-label",
        "Is the label of an option refused in place of its id?",
        "It refuses it with a 400.",
    ),
    Question(
        "text-for-number",
        "Is a text refused as the value of a numeric field?",
        "It refuses it with a 400.",
    ),
    Question(
        "number-for-text",
        "Is a number refused as the value of a text field?",
        "It refuses it with a 400.",
    ),
    Question(
        "long-text",
        "Are 256 characters refused in a field of the type varchar, or cut?",
        "It refuses them with a 400.",
    ),
    Question(
        "long-origin-id",
        "Is an origin_id of 256 characters kept?",
        "It keeps an origin_id of any length.",
    ),
    Question(
        "unknown-channel",
        "Is a channel refused that is no option of the field channel?",
        "It accepts any number.",
    ),
    Question(
        "refusal-text",
        "What is the text of an error for an invalid change of a lead?",
        "It is that for a new lead, with update in place of create.",
    ),
    Question(
        "missing-link",
        "What is the error for a new lead without a person and an organization?",
        "It is a 400 with a text of the sandbox.",
    ),
    Question(
        "malformed-id",
        "Is an id that is no UUID a 400 or a 404?",
        "It is a 404.",
    ),
    Question(
        "large-limit",
        "Is a limit above 500 refused, or reduced to 500?",
        "It is refused with a 400.",
    ),
    Question(
        "large-search-limit",
        "Is a limit above 100 refused in searches, although the reference allows 500?",
        "It is accepted up to 500.",
    ),
    Question(
        "archived-status",
        "Does archived_status still select the leads of the list?",
        "It is ignored, unless the sandbox is made with honours_archived_status.",
    ),
    Question(
        "archived-update-time",
        "Do archiving a lead and bringing it back change its update_time, so that a watch sees it?",
        "Both change it.",
    ),
    Question(
        "fractional-updated-since",
        "Is updated_since refused with a fraction of a second, as it is in v2?",
        "It is refused with a 400.",
    ),
    Question(
        "second-deletion",
        "Is deleting a deleted lead a 404, or a 410 as it is for persons?",
        "It is a 404.",
    ),
    Question(
        "label-status",
        "Is the status of a new label 200, as in the reference, or 201?",
        "It is 200.",
    ),
    Question(
        "deleted-label",
        "Do leads lose a label that is deleted?",
        "They lose it at once.",
    ),
    Question(
        "deleted-person",
        "Does a lead keep the id of a person that is deleted?",
        "It keeps the id.",
    ),
    Question(
        "converted-lead",
        "Is a lead that was converted to a deal a 404?",
        "It is a 404.",
    ),
    Question(
        "cost-of-refusal",
        "Do refused requests cost tokens of the daily budget?",
        "They cost as much as others, except a 429.",
    ),
    Question(
        "marketplace-origin-id",
        "Is an origin_id kept that a Marketplace app sends?",
        "Sandbox.publish_app decides; by default it is replaced.",
    ),
    Question(
        "daily-reset",
        "In which time zone does the daily budget reset at midnight?",
        "It resets at midnight UTC.",
    ),
    Question(
        "oauth-errors",
        "Which keys does the body of an OAuth error have?",
        "It has those in the tests of Pipedrive's Node client.",
    ),
    Question(
        "cost-of-missing-scope",
        "Does a 403 for a missing OAuth scope count in the limits, and have their headers?",
        "It does not, and has none.",
    ),
    Question(
        "uninstall-timestamp",
        "In which format is the timestamp of the request that reports an uninstalled app?",
        "It is like the times of leads, such as 2026-11-23T10:00:00.000Z.",
    ),
    Question(
        "sharing-body",
        "Is the request that reports a shared app JSON or a form?",
        "It is JSON.",
    ),
    Question(
        "webhooks-of-an-app",
        "Does uninstalling delete the webhooks of the user alone, or those of the company?",
        "It deletes those that the app has added for this user.",
    ),
)
