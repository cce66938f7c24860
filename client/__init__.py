"""Use a No Brains ML server from Python: upload a CSV, name a column, get the best model, use it."""

from .client import Client
from .display.notebook_pipelines import render_html
from .errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    CorruptDownload,
    NoBrainsError,
    NotFound,
    ServerError,
    TooManyRequests,
    Unauthorized,
    UnexpectedResponse,
    ValidationFailed,
    WaitTimedOut,
)
from .outcomes import (
    ComparisonFailed,
    DatasetRejected,
    EvaluationFailed,
    FetchFailed,
    JobCancelled,
    JobFailed,
    ModelRejected,
    PredictionFailed,
    RunFailed,
)
from .resources.endpoints.endpoint import Endpoint
from .resources.pipelines.pipeline import Pipeline
from .types.accounts import Account, Activity, ApiKey, AuditLine, User
from .types.base import Record
from .types.comparisons import Comparison
from .types.datasets import BadRow, BadRows, Class, Column, Dataset, Finding, Findings, Preview
from .types.decisions import DecisionCurve, DecisionRule, ThresholdProfit
from .types.endpoints.endpoints import Change, EndpointInfo, EndpointVersion, Traffic
from .types.endpoints.monitoring import Alarm, Monitor, Window
from .types.endpoints.requests import Feedback, LoggedRequest, RefusedLabel
from .types.evaluations import Evaluation, MetricScore, Slice
from .types.jobs import Event, EveryJob, Job, Progress, Trial
from .types.leaderboard import Leaderboard, LeaderboardEntry
from .types.models import Feature, Model, Note, Score, Verdict
from .types.pipelines.hooks import Hook, ReceivedEvents
from .types.pipelines.pipelines import PipelineInfo, RunBrief, SchedulePreview
from .types.pipelines.runs import Run, Step, Trigger
from .types.predictions import Predictions, StoredPrediction
from .types.problem import Problem
from .types.secrets import Secret
from .types.sources import Fetch, Source, SourceCheck
from .types.webhooks import Attempt, Delivery, SwitchedOff, Webhook

__version__ = "0.1.0"

# Set here, so that no record imports the views.
Record.html_renderer = render_html

__all__ = [
    "Account",
    "Activity",
    "Alarm",
    "ApiError",
    "ApiKey",
    "Attempt",
    "AuditLine",
    "BadRow",
    "BadRows",
    "Change",
    "Class",
    "Client",
    "Column",
    "Comparison",
    "ComparisonFailed",
    "Conflict",
    "ConnectionFailed",
    "CorruptDownload",
    "Dataset",
    "DatasetRejected",
    "DecisionCurve",
    "DecisionRule",
    "Delivery",
    "Endpoint",
    "EndpointInfo",
    "EndpointVersion",
    "Evaluation",
    "EvaluationFailed",
    "Event",
    "EveryJob",
    "Feature",
    "Feedback",
    "Fetch",
    "FetchFailed",
    "Finding",
    "Findings",
    "Hook",
    "Job",
    "JobCancelled",
    "JobFailed",
    "Leaderboard",
    "LeaderboardEntry",
    "LoggedRequest",
    "MetricScore",
    "Model",
    "ModelRejected",
    "Monitor",
    "NoBrainsError",
    "NotFound",
    "Note",
    "Pipeline",
    "PipelineInfo",
    "PredictionFailed",
    "Predictions",
    "Preview",
    "Problem",
    "Progress",
    "ReceivedEvents",
    "RefusedLabel",
    "Run",
    "RunBrief",
    "RunFailed",
    "SchedulePreview",
    "Score",
    "Secret",
    "ServerError",
    "Slice",
    "Source",
    "SourceCheck",
    "Step",
    "StoredPrediction",
    "SwitchedOff",
    "ThresholdProfit",
    "TooManyRequests",
    "Traffic",
    "Trial",
    "Trigger",
    "Unauthorized",
    "UnexpectedResponse",
    "User",
    "ValidationFailed",
    "Verdict",
    "WaitTimedOut",
    "Webhook",
    "Window",
]
