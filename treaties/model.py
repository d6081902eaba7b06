"""The vocabulary: one frozen type for every thing that a report becomes on its way to an alert.

Report → Reading (Claims) → Verdict → Event of a Case → Alert, and now and then a digest (`treaties.digest`). States are
ISO 3166-1 alpha-2 codes (`EU` for the European Union), treaties are registry ids or `provisional:<slug>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date, datetime

    from treaties.stages import Stage


class Label(StrEnum):
    """What a report is, seen as a whole."""

    DEVELOPMENT = "development"
    TALK = "talk"
    REACTION = "reaction"
    DENIAL = "denial"
    BACKGROUND = "background"
    NONE = "none"


class Role(StrEnum):
    """Whether a claim is the report's news or what it recalls."""

    NEWS = "news"
    BACKGROUND = "background"


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class VerdictKind(StrEnum):
    """What matching decides about a claim."""

    NEW_CASE = "new_case"
    NEW_DEVELOPMENT = "new_development"
    REVERSAL = "reversal"
    KNOWN = "known"
    BACKGROUND = "background"
    TALK = "talk"
    REACTION = "reaction"
    UNSURE = "unsure"


ALERTING = frozenset({VerdictKind.NEW_CASE, VerdictKind.NEW_DEVELOPMENT, VerdictKind.REVERSAL})
"""The verdicts that an alert follows."""


class FactKind(StrEnum):
    """What else is known of a state and a treaty besides the stages of an exit."""

    JOINED = "joined"
    PARTY = "party"
    DEROGATION = "derogation"
    RULING = "ruling"
    CONTEXT = "context"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class When:
    """A date with its precision; for a month or a year, `day` is its first day."""

    day: date
    precision: Precision = Precision.DAY

    def __str__(self) -> str:
        """`2025-09-29`, `2025-09` or `2025`, by precision."""
        return self.day.isoformat()[: {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}[self.precision]]

    def agrees(self, other: When) -> bool:
        """Whether both can mean the same day: they agree as far as the coarser of the two goes."""
        coarser = min(len(str(self)), len(str(other)))
        return self.day.isoformat()[:coarser] == other.day.isoformat()[:coarser]


@dataclass(frozen=True, slots=True)
class Report:
    """One news item.

    `published` carries an offset; its own calendar day is what "today" means in the text. `country` is the outlet's
    seat (ISO alpha-2), `official` says that the outlet is an organ of a state or an international organisation,
    `record` that it is a source of record (a news agency), `group` names the owner whose outlets do not count as
    independent of each other.
    """

    id: str
    title: str
    summary: str = ""
    published: datetime | None = None
    lang: str | None = None
    url: str | None = None
    outlet: str | None = None
    country: str | None = None
    group: str | None = None
    official: bool = False
    record: bool = False


OUTLET_KINDS: Final = frozenset({"official", "agency", "outlet", "ngo", "blog"})
"""What an outlet can be. `official` is an organ of a state or an international organisation."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one report says happened.

    Attributes:
        state: the leaving state.
        treaty: registry id, or `provisional:<slug>` for a treaty that the registry does not list.
        stage: None when the report only says, vaguely, that the state leaves.
        when: day of the event; the publication day when the text gives none and the claim is news.
        role: news or background.
        quote: the words of the report that the claim rests on.
        reason: one line that says why it was read so.
        confidence: 0 to 1.
        dated: whether `when` was written in the text (False: taken from the publication day).
        effective: the date from which the exit is said to take effect, where that is another date.
        modality: `development` for a plain statement; `talk`, `reaction` or `denial` otherwise.
        likely: where `stage` is None, the stage that such words most often mean; matching does not rely on it.
        taken_up: a bill is not only before parliament, but was dealt with there: in a committee or a reading.
    """

    state: str
    treaty: str
    stage: Stage | None
    when: When | None
    role: Role
    quote: str
    reason: str
    confidence: float = 1.0
    dated: bool = False
    effective: When | None = None
    modality: Label = Label.DEVELOPMENT
    likely: Stage | None = None
    taken_up: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report was read as: a label for the whole and a claim for every exit it tells of."""

    report: str
    label: Label
    lang: str | None
    claims: tuple[Claim, ...]
    reason: str

    @property
    def news(self) -> tuple[Claim, ...]:
        """The claims that are this report's news."""
        return tuple(claim for claim in self.claims if claim.role is Role.NEWS)


@dataclass(frozen=True, slots=True)
class Source:
    """One outlet's word for an event: `says` is the date that this source gives, None where it gives none.

    `record` marks a source of record; `copy_of` is the voice whose text it repeats, where it is a near copy.
    """

    outlet: str
    url: str | None = None
    published: date | None = None
    says: When | None = None
    note: str = ""
    report: str | None = None
    group: str | None = None
    official: bool = False
    record: bool = False
    copy_of: str | None = None

    @property
    def voice(self) -> str:
        """What counts as one independent voice: whom it copies, else the owner where known, else the outlet."""
        return (self.copy_of or self.group or self.outlet).casefold()


@dataclass(frozen=True, slots=True)
class Event:
    """One stage of a case, reached on a date, with everyone who tells of it. `id` never changes once given.

    `told_with` is the id of another state's event whose alert tells of this one, too: they acted together. `vague`: all
    that is known is that the state leaves, so that its stage is a guess.
    """

    id: str
    state: str
    treaty: str
    stage: Stage
    when: When | None
    sources: tuple[Source, ...] = ()
    note: str = ""
    told_with: str | None = field(default=None, compare=False)
    vague: bool = False

    @property
    def voices(self) -> int:
        """How many independent sources tell of the event."""
        return len({source.voice for source in self.sources})

    @property
    def told_dates(self) -> tuple[When, ...]:
        """Every different date that a source gives, the one most voices give first."""
        voices: dict[When, set[str]] = {}
        for source in self.sources:
            if source.says:
                voices.setdefault(source.says, set()).add(source.voice)
        return tuple(sorted(voices, key=lambda when: (-len(voices[when]), when.day)))

    @property
    def disputed(self) -> bool:
        """Whether two sources give dates that cannot both be right."""
        told = self.told_dates
        return any(not one.agrees(other) for one in told for other in told)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of a state and a treaty that is no stage of an exit: party since, a derogation, an open point."""

    kind: FactKind
    note: str
    when: When | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One state leaving one treaty: its events in order of time, and the facts around them."""

    state: str
    treaty: str
    events: tuple[Event, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """(state, treaty)."""
        return self.state, self.treaty

    def event(self, event_id: str) -> Event | None:
        """The event of that id, or None."""
        return next((event for event in self.events if event.id == event_id), None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What matching decided about a claim, with its reason.

    `event` is the id of the event it joins, if any; `stage` is the stage of the event that it opens, if it opens one,
    or that the event it joins turns out to have. `doubtful`: nobody is told of what it opens before a second voice
    tells it.
    """

    kind: VerdictKind
    reason: str
    event: str | None = None
    confidence: float = 1.0
    stage: Stage | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Companion:
    """The event of a state that took the same step of the same treaty together with the state of an alert."""

    key: str
    state: str
    when: When | None


@dataclass(frozen=True, slots=True)
class Alert:
    """A message about one new development, free of any chat's markup.

    `key` is the event's id: it names the message for its whole life, so that an edit finds what it edits. `done` lists
    the other stages already reached, for the stage bar; `reply_to` is the key of the case's last alert before this one.
    `companions` are the states that acted together with this one; `row` is the number of the event's row, by which
    buttons name it.
    """

    key: str
    kind: VerdictKind
    state: str
    treaty: str
    stage: Stage
    when: When | None
    report: str
    title: str
    reason: str
    outlet: str | None = None
    url: str | None = None
    sources: tuple[Source, ...] = ()
    done: tuple[tuple[Stage, When | None], ...] = ()
    reply_to: str | None = None
    open_points: tuple[str, ...] = field(default=())
    companions: tuple[Companion, ...] = ()
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """One report of talk or reaction to a case. `lang` is its language, `uk` for `uk-UA`, None where not known."""

    state: str
    treaty: str
    label: Label
    title: str
    outlet: str | None = None
    url: str | None = None
    published: date | None = None
    lang: str | None = None
