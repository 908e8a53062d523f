"""The whole flow on one screen: from the bytes of a photo to a verdict a person can act on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from digitizer.domain.form import FormSpec
from digitizer.domain.gather import FormReading, gather
from digitizer.domain.reading import PageReading
from digitizer.domain.reconcile import Reconciliation, reconcile
from digitizer.domain.triage import Policy, Unreadable, Verdict, triage
