"""Traces by OpenTelemetry, if `NOBRAINS_TRACES` names a collector.

The extra `traces` brings the packages for that; without the setting none of it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.observability import tracing
from core.settings import SettingError, Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

EXPORT_PATH = "/v1/traces"


class OpenTelemetry:
    """`core.observability.tracing.Tracer` by OpenTelemetry: the span in progress is its current span."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self.tracer = provider.get_tracer("nobrains")
        self.current = trace.get_current_span
        self.kinds = {kind.name.lower(): kind for kind in trace.SpanKind}
        self.way = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, kind: tracing.Kind, parent: str, attributes: Mapping[str, tracing.Value]
    ) -> Iterator[None]:
        context = self.way.extract({"traceparent": parent}) if parent else None
        named = {f"nobrains.{key}" if "." not in key else key: value for key, value in attributes.items()}
        with self.tracer.start_as_current_span(name, context, self.kinds[kind], named):
            yield

    def set_attributes(self, attributes: Mapping[str, tracing.Value]) -> None:
        self.current().set_attributes({f"nobrains.{key}": value for key, value in attributes.items()})

    def event(self, name: str, attributes: Mapping[str, tracing.Value]) -> None:
        self.current().add_event(name, dict(attributes))

    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        self.way.inject(carrier)
        return carrier.get("traceparent", "")


def start_traces(settings: Settings, role: str) -> Callable[[], None]:
    """Send this process's spans to the collector that the settings name.

    Return a function that ends it, sending the spans that are left. Raises SettingError if the extra is not installed.
    """
    if not settings.traces:
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as exc:
        raise SettingError(
            f"NOBRAINS_TRACES needs the extra `traces` to be installed ({exc}), or must be empty"
        ) from exc
    provider = TracerProvider(resource=Resource.create({"service.name": f"nobrains-{role}"}))
    exporter = OTLPSpanExporter(endpoint=settings.traces.rstrip("/") + EXPORT_PATH, timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracing.set_tracer(OpenTelemetry(provider))

    def stop() -> None:
        tracing.set_tracer(None)
        provider.shutdown()

    return stop
