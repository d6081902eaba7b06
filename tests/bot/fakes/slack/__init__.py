"""Slack on loopback: strict where Slack is strict, in its words, with people on the other side.

    async with slack_api() as slack:
        ann = slack.person("U1ANN", "Ann", locale="uk-UA", admin=True)
        news = slack.channel("C1NEWS", "news", ann)
        ...  # start an app with base_url=slack.url, TOKEN, and APP_TOKEN or slack.posts_to(its address)
        answer = await ann.asks(news, "/treaty case RU ecpt").answer()
        assert answer.only is ann
        modal = await ann.presses(answer, "Subscribe").modal()
        modal.fills("Treaty", "ecpt")
        await ann.submits()
        slack.faults.append(limited(17))

The modules: `blocks` and `views` judge Block Kit, `marking` is what people see of it; `world` has people, channels and
messages; `telling` is what the app hears, by `sockets` or by `posting`; `looks`, `answering` and `methods` are what it
may say; `scopes` and `limits` hold it to its rights and pace; `faults` is what can go wrong; `server` puts it behind
HTTP. `python -m tests.bot.fakes.slack` runs it by itself, see `control`.
"""

from tests.bot.fakes.slack.blocks import problems, unfit
from tests.bot.fakes.slack.faults import Fault, Page, cutting, garbage, hanging, limited, page, refused, slow
from tests.bot.fakes.slack.marking import control_faults
from tests.bot.fakes.slack.scopes import Manifest
from tests.bot.fakes.slack.server import APP_TOKEN, SIGNING_SECRET, TOKEN, Call, FakeSlack, slack_api
from tests.bot.fakes.slack.world import BOT_USER_ID, Channel, Exchange, Message, Person, View

__all__ = [
    "APP_TOKEN",
    "BOT_USER_ID",
    "SIGNING_SECRET",
    "TOKEN",
    "Call",
    "Channel",
    "Exchange",
    "FakeSlack",
    "Fault",
    "Manifest",
    "Message",
    "Page",
    "Person",
    "View",
    "control_faults",
    "cutting",
    "garbage",
    "hanging",
    "limited",
    "page",
    "problems",
    "refused",
    "slack_api",
    "slow",
    "unfit",
]
