"""An exchange file as it arrives: nothing of it is believed before all of it holds."""

import json
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from digitizer.domain.event import Event, Head, end_to_sign, head_of
from digitizer.errors import ForkedChain, MergeRefused, OtherElection, UnknownNode
from digitizer.history import State, step
from digitizer.merging import layout
from digitizer.proof import (
    ALGORITHM,
    Archive,
    Faults,
    chain_events,
    fingerprint,
    is_signed,
    same_fingerprint,
)
from digitizer.store.beside import TABLES

TOLD: Final = 10
"""So many faults are told one by one."""

SIGNED: Final = {"algorithm", "node", "public_key", "signature"}


@dataclass(frozen=True, slots=True)
class Known:
    """What the receiving installation knows already.

    Attributes:
        here: its own node.
        election: its seal (`store.elections.election_seal`).
        ends: the last event of every chain, by node.
        keys: the public key of every node.
        hash_at: the hash of one event of a chain that is here.
    """

    here: str
    election: str
    ends: Mapping[str, int]
    keys: Mapping[str, str]
    hash_at: Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the manifest of an exchange file says, after its signature was found right."""

    signer: str
    election: str
    chains: tuple[Head, ...]
    signatures: Mapping[str, tuple[int, str]]
    keys: Mapping[str, str]
    files: Mapping[str, str]

    def new_of(self, known: Known) -> int:
        """How many events are new here."""
        return sum(max(0, seq - known.ends.get(node, 0)) for node, seq, _ in self.chains)


def read_exchange(archive: Archive, name: str) -> Exchange:
    """The manifest of an exchange file, signed by the node that wrote it.

    Raises:
        MergeRefused: it is no exchange file, or was changed since it was written.
    """
    faults = Faults()
    for entry, times in Counter(archive.names).items():
        if times > 1:
            faults.add(entry, f"it is in the archive {times} times", needed="once")
    said, signed = archive.small(layout.MANIFEST), archive.small(layout.SIGNATURE)
    refuse(name, faults)
    signature, manifest = _object(signed), _object(said)
    if manifest.get("format") != layout.FORMAT:
        faults.add(layout.MANIFEST, "it is of no known format", found=manifest.get("format"),
                   needed=layout.FORMAT)  # fmt: skip
        refuse(name, faults)
    public_key = str(signature.get("public_key", ""))
    known_kind = signature.keys() == SIGNED and signature["algorithm"] == ALGORITHM
    if not known_kind or not is_signed(said, str(signature["signature"]), public_key):
        faults.add(layout.SIGNATURE, "the signature is not of this manifest")
    try:
        found = _exchange(str(signature.get("node", "")), manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults.add(layout.MANIFEST, "it is not what a manifest is", found=str(error))
        refuse(name, faults)
        raise
    if found.keys.get(found.signer) != public_key:
        faults.add(layout.SIGNATURE, "the key that signed is not that of its node",
                   found=public_key, needed=found.keys.get(found.signer))  # fmt: skip
    if head_of(found.chains) != manifest.get("head"):
        faults.add(layout.MANIFEST, "its head is not that of its chains",
                   found=manifest.get("head"), needed=head_of(found.chains))  # fmt: skip
    _check_nodes(found, faults)
    _check_files(archive, found, faults)
    refuse(name, faults)
    return found


def check_senders(exchange: Exchange, known: Known, trusted: Collection[str], name: str) -> None:
    """It is of the same election, and by nodes that are known here or that somebody vouches for.

    Whoever signed it is one of them (`read_exchange`): no hash of an event holds notes, labels and
    what was removed against it, only the word of who wrote the file.

    Raises:
        OtherElection: it is of another one.
        UnknownNode: nobody vouched for a node whose chain is in the file.
        ForkedChain: a node has another key than here.
        MergeRefused: a chain is not signed by its node as far as it goes.
    """
    if exchange.election != known.election:
        raise OtherElection(
            f"{name} is of another election: found {exchange.election[:16]}, "
            f"needed {known.election[:16]}",
            "set both installations up with the same election file and its tps.csv; "
            "nothing was merged",
        )
    unknown: list[str] = []
    faults = Faults()
    for node, seq, sealed in exchange.chains:
        key = exchange.keys.get(node, "")
        needed = known.keys.get(node)
        if needed is not None and key != needed:
            raise ForkedChain(
                f"{name}: node {node} has another key than here: found {_print_of(key)}, "
                f"needed {_print_of(needed)}",
                "ask its team; somebody may use its name. Nothing was merged",
            )
        signed, signature = exchange.signatures.get(node, (0, ""))
        if signed != seq or not is_signed(end_to_sign((node, seq, sealed)), signature, key):
            faults.add(layout.events_file(node), "the chain is not signed by its node")
        elif needed is None and not any(same_fingerprint(_print_of(key), item) for item in trusted):
            unknown.append(_print_of(key))
    refuse(name, faults)
    if unknown:
        raise UnknownNode(
            f"{name} holds what installations did that are not known here: {', '.join(unknown)}",
            "compare with the key that the other team's `digitizer export --exchange` printed, "
            "then merge again with " + " ".join(f"--trust {item}" for item in unknown),
        )


def new_events(archive: Archive, exchange: Exchange, known: Known, name: str) -> Iterator[Event]:
    """Every event that is new here, chain by chain; the rest of each chain is what is here.

    Raises:
        MergeRefused: an event was changed, is missing, doubled or moved, or is of no known kind.
        ForkedChain: a chain goes on otherwise than it does here.
    """
    faults = Faults()
    for node, seq, sealed in exchange.chains:
        file = layout.events_file(node)
        have = known.ends.get(node, 0)
        last: deque[str] = deque(maxlen=1)
        number = 0
        for event in chain_events(archive, file, node, faults, last.append):
            refuse(name, faults)
            number = event.seq
            if number == min(have, seq):
                _check_same(event, known, name)
            if number == 1 and event.payload.get("public_key") != exchange.keys[node]:
                faults.add(file, f"the key of node {node} is not that of its first event")
            if number > have:
                yield event
        if (number, last[0] if last else None) != (seq, sealed):
            faults.add(file, "the chain does not end as the manifest says",
                       found=(number, last[0] if last else None), needed=(seq, sealed))  # fmt: skip
        if node == known.here and seq > have:
            raise ForkedChain(
                f"{name} knows {seq - have} events of this installation that are not here",
                "this database was restored from an older backup, or copied: go on with the newest "
                "one. Nothing was merged",
            )
        refuse(name, faults)


def check_replays(state: State, event: Event, name: str) -> None:
    """Add an event to a state.

    Raises:
        MergeRefused: it is of no kind that this version knows, or carries not what its kind needs.
    """
    try:
        step(state, event)
    except ValueError as error:
        raise MergeRefused(
            f"{name}: {error}",
            "bring this installation to the version of the other one; if it has that, tell whoever "
            "keeps the other one. Nothing was merged",
        ) from error


def lines_beside(archive: Archive, table: str) -> Iterator[dict[str, Any]]:
    """What goes along of one table, line by line."""
    for line in archive.lines(layout.beside_file(table)):
        yield cast("dict[str, Any]", json.loads(line))


AGAIN: Final = "let the other team write it again, and copy it once more; nothing was merged"
"""What helps against a file that was damaged."""


def refuse(name: str, faults: Faults, *, said: str = "does not hold", mend: str = AGAIN) -> None:
    """Raise `MergeRefused` if anything was noted."""
    if not faults.count:
        return
    listed = [str(fault) for fault in faults.kept[:TOLD]]
    if faults.count > len(listed):
        listed.append(f"and {faults.count - len(listed)} more")
    raise MergeRefused("\n".join([f"{name} {said}:", *listed]), mend)


def _check_same(event: Event, known: Known, name: str) -> None:
    needed = known.hash_at(event.node, event.seq)
    if event.hash != needed:
        raise ForkedChain(
            f"{name}: the chain of node {event.node} is another one than here, at event "
            f"{event.seq} or before: found {event.hash[:16]}, needed {needed[:16]}",
            "one data folder was copied to two computers, or a history was rewritten: find out "
            "which is right. Nothing was merged",
        )


def _check_nodes(exchange: Exchange, faults: Faults) -> None:
    """Every node that it names has its chain in it, by which its key and signature are checked."""
    nodes = {node for node, _, _ in exchange.chains}
    if exchange.signer not in nodes:
        faults.add(layout.SIGNATURE, "the node that signed has no chain in the file",
                   found=exchange.signer, needed=sorted(nodes))  # fmt: skip
    for what, named in (("key", exchange.keys), ("signature", exchange.signatures)):
        for node in sorted(named.keys() - nodes):
            faults.add(layout.MANIFEST, f"it has a {what} of node {node}, and not its chain")


def _check_files(archive: Archive, exchange: Exchange, faults: Faults) -> None:
    needed = {layout.events_file(node) for node, _, _ in exchange.chains}
    needed |= {layout.beside_file(table) for table in TABLES}
    plain = {layout.MANIFEST, layout.SIGNATURE}
    for entry in archive.names:
        if entry not in needed | plain and not entry.startswith(layout.BLOBS):
            faults.add(entry, "no exchange file has this")
    for entry in sorted(needed):
        told = exchange.files.get(entry)
        if entry not in archive.names:
            faults.add(entry, "the file is missing")
        elif (found := archive.digest(entry)) is not None and found != told:
            faults.add(entry, "it was changed: its SHA-256 is not that of the manifest",
                       found=found, needed=told)  # fmt: skip


def _exchange(signer: str, said: Mapping[str, Any]) -> Exchange:
    signatures = {node: (int(seq), str(sign)) for node, (seq, sign) in said["signatures"].items()}
    return Exchange(
        signer,
        str(said["election"]["sha256"]),
        tuple((str(node), int(seq), str(sealed)) for node, seq, sealed in said["chains"]),
        signatures,
        {str(node): str(key) for node, key in said["keys"].items()},
        {str(name): str(file["sha256"]) for name, file in said["files"].items()},
    )


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _print_of(public_key: str) -> str:
    try:
        return fingerprint(public_key)
    except ValueError:
        return "no key"
