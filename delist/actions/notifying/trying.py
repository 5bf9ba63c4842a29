"""`notify --test`: one message to each recipient and channel, which tells nothing and claims nothing."""

from delist.actions.notifying import routes, sending
from delist.actions.notifying.run import Delivery, Told
from delist.actions.notifying.sending import Parcel, Send
from delist.notify.values import Sent
from delist.rules.notices.values import Digest, Written
from delist.tools import Tools, new_uid


def tried(tools: Tools, written: Written, only: str | None, send: Send | None = None) -> Told:
    """Send a test message to each recipient and channel that is named, or to one, and return what came of each.

    Raises SetupError where nobody is named, NotFound for the name of no channel.
    """
    at, moment = tools.now(), tools.this_moment()
    names = routes.everybody(tools.settings, only)
    parcels = [Parcel(new_uid(at), name, (name,), written, at) for name in names]
    carry = send or sending.outside(tools.settings, names)
    found: dict[str, Delivery] = {}

    def keep(parcel: Parcel, sent: Sent) -> None:
        digest = Digest(parcel.recipient, (), moment)
        found[parcel.uid] = Delivery(parcel.uid, digest, parcel.channel, written, sent.outcome, sent.why)

    sending.carry(parcels, carry, tools.settings.notify.timeout, keep)
    return Told(moment, tuple(found[parcel.uid] for parcel in parcels))
