"""Acknowledgments from findings and envelope values alone: TA1, 997, 999 and CONTRL."""

from hub.edi.acknowledge.answers import AckKind, Answer, Numbers, PreviewNumbers, Style, answers, verdict_of
from hub.edi.acknowledge.functional import message_verdict
from hub.edi.acknowledge.packed import MessageReport, PackedReports
from hub.edi.acknowledge.policy import TOLERATED, AckPolicy, Verdict
from hub.edi.acknowledge.reports import ACKNOWLEDGMENTS, Collector, GroupReport, InterchangeReport
from hub.edi.acknowledge.ta1 import interchange_verdict

__all__ = [
    "ACKNOWLEDGMENTS",
    "TOLERATED",
    "AckKind",
    "AckPolicy",
    "Answer",
    "Collector",
    "GroupReport",
    "InterchangeReport",
    "MessageReport",
    "Numbers",
    "PackedReports",
    "PreviewNumbers",
    "Style",
    "Verdict",
    "answers",
    "interchange_verdict",
    "message_verdict",
    "verdict_of",
]
