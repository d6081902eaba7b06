"""Names: states with their flags, treaties with their numbers, and the two together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.speech import flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.speech import Speech
    from treaties.registry import Treaty

_STATES_NAMED: Final = 4


def states_named(states: Sequence[str], speech: Speech) -> str:
    """`🇱🇻 Latvia, 🇪🇪 Estonia`: at most four by name, how many more in a number."""
    names = [f"{flag(state)} {speech.state(state)}".lstrip() for state in states[:_STATES_NAMED]]
    more = [f"+{len(states) - _STATES_NAMED}"] if len(states) > _STATES_NAMED else []
    return ", ".join([*names, *more])


def case_title(states: str | Sequence[str], treaty: str, speech: Speech) -> str:
    """`Russia – European Convention for the Prevention of Torture (ETS No. 126)`; states that act together in a row."""
    found = speech.knowledge.treaties.get(treaty)
    names = ", ".join(speech.state(one) for one in ([states] if isinstance(states, str) else states))
    return f"{names} – {treaty_title(found, speech) if found else speech.treaty(treaty)}"


def treaty_title(treaty: Treaty, speech: Speech) -> str:
    """`European Convention for the Prevention of Torture (ETS No. 126)`."""
    name = treaty.names.get(speech.lang, treaty.short_name)
    return name + (f" ({treaty.series})" if treaty.series else "")
