"""POST /runs/multipart: runs, feedback and attachments in the parts of one body.

    post.<run>, patch.<run>                  a run, as JSON
    post.<run>.<field>, patch.<run>.<field>  a large field of it, which counts before the run's own
    feedback.<id>                            feedback, as JSON
    attachment.<run>.<name>                  a file, as it is

The parts of a run may stand anywhere. A run that comes twice, as the queue of an SDK may have it,
is two payloads: a field belongs to the one whose part came last before it, else to the first.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from locum.langsmith.ingestion.parts import Part, parts
from locum.langsmith.ingestion.payloads import (
    Attachment,
    Batch,
    Kind,
    Payload,
    check_id,
    check_place,
    checked,
    id_of,
)
from locum.langsmith.ingestion.uuids import uuid_text
from locum.provider import RawBody

FIELDS = ("inputs", "outputs", "events", "error", "extra", "serialized")

_KINDS: dict[bytes, Kind] = {b"post": "post", b"patch": "patch"}
_FEEDBACK, _ATTACHMENT = b"feedback", b"attachment"
_NAMES = (
    "post.<run> or patch.<run> with or without .<field>, feedback.<id> or attachment.<run>.<name>"
)


def multipart(body: RawBody) -> Batch:
    """Return what the parts bring; each payload says where in which trace its run stands.

    Raises UnsupportedMediaType where the body does not say that it is a form, UnreadableBody where
    it cannot be taken apart, and InvalidRequest, which names the part, for anything else.
    """
    reading = _Reading()
    for part in parts(body):
        reading.read(part)
    return reading.end()


@define
class _Open:
    """A payload to which fields may still come: its fields, the names of those that came as parts,
    and the first of its parts."""

    fields: dict[str, Any]
    first: Part
    given: set[str] = field(factory=set)


class _Reading:
    """What has been read of the parts so far."""

    def __init__(self) -> None:
        self._batch = Batch()
        # By kind and run: the newest payload, and the fields that came before the first.
        self._open: dict[tuple[Kind, str], _Open] = {}
        self._before: dict[tuple[Kind, str], _Open] = {}
        self._names: list[str] = []  # of the parts of payloads
        self._ids: dict[bytes, str] = {}  # as they are written in names
        self._attached: dict[tuple[str, str], Attachment] = {}  # the newest of a run and name

    def read(self, part: Part) -> None:
        """Take a part. Raises InvalidRequest."""
        event, _, rest = part.name.partition(b".")
        written, dot, last = rest.partition(b".")
        kind = _KINDS.get(event)
        if kind is None and not (event == _ATTACHMENT if dot else event == _FEEDBACK):
            raise part.fault("found another name", _NAMES)
        run_id = self._ids.get(written) or self._id(part, written)
        if kind is None:
            if dot:
                self._add_attachment(run_id, last, part)
            else:
                self._add_feedback(run_id, part)
        elif dot:
            self._add_field(kind, run_id, last.decode("latin-1"), part)
        else:
            self._add_payload(kind, run_id, part)

    def end(self) -> Batch:
        """Return all that was read. Raises InvalidRequest where a run is not whole."""
        for (kind, run_id), before in self._before.items():
            raise before.first.fault("found no part of its run", f"{kind}.{run_id} beside it")
        for payload, name in zip(self._batch.payloads, self._names, strict=True):
            check_place(payload.fields, ("body", name))
        return self._batch

    def _id(self, part: Part, written: bytes) -> str:
        """Return the UUID in a part's name."""
        canonical = uuid_text(written.decode("latin-1"))
        if canonical is None:
            raise part.fault("found no UUID after its first dot", "one", "uuid_parsing")
        self._ids[written] = canonical
        return canonical

    def _add_payload(self, kind: Kind, run_id: str, part: Part) -> None:
        name = part.text
        where = ("body", name)
        fields = checked(part.json(), where)
        if fields.get("id") != run_id:
            check_id(fields.get("id"), run_id, (*where, "id"), "its name")
        key = kind, run_id
        before = self._before.pop(key, None) if self._before else None
        if before is None:
            self._open[key] = _Open(fields, part)
        else:
            fields |= before.fields
            self._open[key] = _Open(fields, part, before.given)
        self._batch.payloads.append(Payload(kind, run_id, fields))
        self._names.append(name)

    def _add_field(self, kind: Kind, run_id: str, name: str, part: Part) -> None:
        if name not in FIELDS:
            raise part.fault("found another field", f"one of {', '.join(FIELDS)}")
        key = kind, run_id
        its = self._open.get(key) or self._before.get(key)
        if its is None:
            its = self._before[key] = _Open({}, part)
        if name in its.given:
            raise part.fault("found it twice", "it once for each part of its run")
        its.given.add(name)
        its.fields[name] = part.json()

    def _add_feedback(self, feedback_id: str, part: Part) -> None:
        where = ("body", part.text)
        feedback = checked(part.json(), where)
        check_id(feedback.get("id"), feedback_id, (*where, "id"), "its name")
        feedback["id"] = feedback_id
        feedback["trace_id"] = id_of(feedback, "trace_id", where)
        if feedback.get("run_id") is not None:
            feedback["run_id"] = id_of(feedback, "run_id", where)
        self._batch.feedback.append(feedback)

    def _add_attachment(self, run_id: str, written: bytes, part: Part) -> None:
        try:
            name = written.decode()
        except UnicodeDecodeError:
            name = ""
        if not name or not name.isprintable():
            raise part.fault("found no printable text after its second dot", "the name of a file")
        attachment = Attachment(run_id, name, part.file_type(), part.content)
        # An SDK sends it with the create, and again with the update.
        if self._attached.get((run_id, name)) != attachment:
            self._attached[run_id, name] = attachment
            self._batch.attachments.append(attachment)
