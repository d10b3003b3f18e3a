"""Defines the options that choose the event hub of a run (docs/events.md)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..runtime.hubs import Connect


def add_hub_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a hub."""
    parser.add_argument(
        "--event-backend",
        metavar="NAME",
        default="memory",
        help="the event hub: memory (this run alone), nats, redis, or a plugin's name (default: memory)",
    )
    parser.add_argument(
        "--nats-url",
        metavar="URL",
        help="the URL of the NATS server, such as nats://localhost:4222; required for nats",
    )
    parser.add_argument(
        "--nats-stream", metavar="NAME", help="the name of the JetStream stream (default: duckflux-events)"
    )
    parser.add_argument(
        "--redis-addr", metavar="HOST:PORT", help="the address of the Redis server (default: localhost:6379)"
    )
    parser.add_argument("--redis-db", metavar="NUMBER", help="the number of the Redis database (default: 0)")
    parser.add_argument(
        "--event-option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an option for a plugin's hub (may be repeated)",
    )


def chosen_hub(args: argparse.Namespace) -> Connect | None:
    """Return how to connect to the chosen hub, None for the run's own memory. Raises HubError."""
    if args.event_backend == "memory" and not args.event_option:
        return None
    from ..runtime.hubs.backends import backend

    options = dict(option.partition("=")[::2] for option in args.event_option)
    flags = {
        "nats": {"url": args.nats_url, "stream": args.nats_stream},
        "redis": {"addr": args.redis_addr, "db": args.redis_db},
    }.get(args.event_backend, {})
    return backend(args.event_backend, {name: value for name, value in flags.items() if value} | options)
