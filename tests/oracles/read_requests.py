"""Random requests to every read operation of both vendors, over the ids that a dataset's files
have. Some find nothing, and some are refused."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.conftest import KEY
from tests.oracles.bare_rows import Row

FILTERS = (
    'eq(run_type, "llm")',
    'neq(status, "success")',
    "gt(latency, 2)",
    'and(eq(metadata_key, "thread_id"), neq(metadata_value, "x"))',
    'has(tags, "prod")',
    "gt(total_tokens, 100)",
    "eq(execution_order, 2)",
    'eq(feedback_key, "helpful")',
    'search("the")',
    "eq(is_root, true)",
)
TIMES = (
    "2026-06-01T00:00:00Z",
    "2026-06-20T00:00:00Z",
    "2026-06-27T12:00:00Z",
    "2027-01-01T00:00:00Z",
)
GROUPS = ("name", "run_type", "tag", "metadata")
SORTS = ("start_time", "name", "runs_count", "latency_p50", "error_rate", "last_run_start_time")
RUN_SELECTS = ("ID", "NAME", "FEEDBACK_STATS", "PROMPT_TOKEN_DETAILS", "DOTTED_ORDER", "TAGS")
AGGREGATES = ("THREAD_COUNT", "LATENCY_P50", "TOTAL_COST", "PROMPT_TOKEN_DETAILS", "ERROR_RATE")
SUMMARIES = ("TURNS", "LATENCY_P99", "TOTAL_TOKENS", "FEEDBACK_STATS", "PROMPT_TOKEN_DETAILS")
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")

Call = dict[str, Any]  # keyword arguments of httpx's `request`


class ReadRequests:
    """What to draw from: the rows of a dataset's tables by name, of the tenant of a key."""

    def __init__(self, tables: Callable[[str], list[Row]], key: str = KEY) -> None:
        self.key = key
        keys = [row for row in tables("keys") if row["key"] == key]
        tenant = next(row["tenant_id"] for row in keys if row["provider"] == "langsmith")
        self.headers = {"X-API-Key": key, "X-Tenant-Id": tenant}
        runs = tables("langsmith/runs")
        projects = [row for row in tables("langsmith/sessions") if row["tenant_id"] == tenant]
        self.projects = [row["id"] for row in projects]
        self.experiments = [row["id"] for row in projects if row["reference_dataset_id"]]
        datasets = [row for row in tables("langsmith/datasets") if row["tenant_id"] == tenant]
        self.datasets = [row["id"] for row in datasets]
        self.tokens = [row["share_token"] for row in datasets if row.get("share_token")]
        self.run_tokens = [row["share_token"] for row in runs if row.get("share_token")]
        self.runs = [row for row in runs if row["tenant_id"] == tenant]
        self.threads = sorted(
            {
                str(row["metadata"][key])
                for row in self.runs
                for key in THREAD_KEYS
                if isinstance(row.get("metadata"), dict) and row["metadata"].get(key)
            }
        )
        self.examples = [row["id"] for row in tables("langsmith/examples")]
        self.feedback = [row["id"] for row in tables("langsmith/feedback")]
        self.sessions = sorted(
            {
                row["properties"]["Helicone-Session-Id"]
                for row in tables("helicone/requests")
                if "Helicone-Session-Id" in (row.get("properties") or {})
            }
        )
        self.kinds = [getattr(self, name) for name in dir(self) if name.startswith("_ask_")]

    def any(self, seed: str) -> Call:
        """A request; each kind in turn, where the seed ends with a number."""
        draw = Random(seed)  # noqa: S311 - not for secrets
        method, url, asked = self.kinds[int(seed.rsplit(maxsplit=1)[-1]) % len(self.kinds)](draw)
        of_helicone = {"Authorization": f"Bearer {self.key}"}
        headers = of_helicone if url.startswith("/v1/") else self.headers
        of_request = {"json": asked} if method == "POST" else {"params": asked}
        return {"method": method, "url": url, "headers": headers, **of_request}

    def _project(self, draw: Random) -> str:
        project: str = draw.choice(self.projects)
        return project

    def _run(self, draw: Random) -> Row:
        return draw.choice(self.runs)

    def _token(self, draw: Random) -> str:
        token: str = draw.choice(self.tokens)
        return token

    @staticmethod
    def _some(draw: Random, **asked: Any) -> dict[str, Any]:
        """Some of what may be asked."""
        return {name: value for name, value in asked.items() if draw.random() < 0.4}

    def _run_body(self, draw: Random) -> dict[str, Any]:
        return self._some(
            draw,
            filter=draw.choice(FILTERS),
            tree_filter=draw.choice(FILTERS),
            trace_filter=draw.choice(FILTERS),
            is_root=draw.random() < 0.5,
            run_type=draw.choice(("llm", "chain", "tool")),
            query="the",
        )

    def _stats_body(self, draw: Random) -> dict[str, Any]:
        attribute = draw.choice(GROUPS)
        by: dict[str, Any] = {"attribute": attribute, "max_groups": draw.randrange(1, 9)}
        if attribute == "metadata":
            by["path"] = draw.choice(("thread_id", "model", "user_id", "ls_model_name"))
        return self._run_body(draw) | self._some(draw, group_by=by)

    def _ask_group_stats(self, draw: Random) -> tuple[str, str, Any]:
        body = {"session_id": self._project(draw), "group_by": "conversation"}
        return "POST", "/api/v1/runs/group/stats", body | self._window(draw)

    def _window(self, draw: Random) -> dict[str, Any]:
        return self._some(
            draw, start_time=TIMES[0], end_time=draw.choice(TIMES[1:]), filter=draw.choice(FILTERS)
        )

    def _ask_group_runs(self, draw: Random) -> tuple[str, str, Any]:
        body = {"session_id": self._project(draw), "group_by": "conversation"}
        page = {"limit": draw.randrange(1, 20), "offset": draw.randrange(3)}
        return "POST", "/api/v1/runs/group", body | page | self._window(draw)

    def _ask_stats(self, draw: Random) -> tuple[str, str, Any]:
        sessions = draw.sample(self.projects, 2)
        return "POST", "/api/v1/runs/stats", {"session": sessions} | self._stats_body(draw)

    def _ask_shared_stats(self, draw: Random) -> tuple[str, str, Any]:
        url = f"/api/v1/public/{self._token(draw)}/datasets/runs/stats"
        return "POST", url, self._stats_body(draw)

    def _ask_runs(self, draw: Random) -> tuple[str, str, Any]:
        body = {"session": [self._project(draw)], "limit": draw.randrange(1, 30)}
        body |= self._some(draw, order=draw.choice(("asc", "desc")))
        if draw.random() < 0.3:
            body["select"] = ["child_run_ids", "feedback_stats", "prompt_token_details", "id"]
        return "POST", "/api/v1/runs/query", body | self._run_body(draw)

    def _ask_run(self, draw: Random) -> tuple[str, str, Any]:
        return "GET", f"/api/v1/runs/{self._run(draw)['id'].upper()}", {}

    def _ask_run_share(self, draw: Random) -> tuple[str, str, Any]:
        return "GET", f"/api/v1/runs/{self._run(draw)['id']}/share", {}

    def _ask_shared_run(self, draw: Random) -> tuple[str, str, Any]:
        token = draw.choice(self.run_tokens or ["00000000-0000-4000-8000-000000000000"])
        return draw.choice(
            (
                ("GET", f"/api/v1/public/{token}/run", {}),
                ("POST", f"/api/v1/public/{token}/runs/query", {}),
                ("GET", f"/api/v1/public/{token}/feedbacks", {"limit": 5}),
                ("POST", f"/v2/public/{token}/runs/query", {"selects": list(RUN_SELECTS)}),
            )
        )

    def _ask_sessions(self, draw: Random) -> tuple[str, str, Any]:
        asked = {"include_stats": True, "sort_by": draw.choice(SORTS), "facets": True}
        return "GET", "/api/v1/sessions", asked | self._some(draw, sort_by_desc=False, limit=3)

    def _ask_session(self, draw: Random) -> tuple[str, str, Any]:
        return "GET", f"/api/v1/sessions/{self._project(draw)}", {"include_stats": True}

    def _ask_v2_sessions(self, draw: Random) -> tuple[str, str, Any]:
        asked = {"include_stats": True, "page_size": draw.randrange(1, 5)}
        return "GET", "/v2/sessions", asked | self._some(draw, sort_order="asc", sort_by="NAME")

    def _ask_v2_session(self, draw: Random) -> tuple[str, str, Any]:
        return "GET", f"/v2/sessions/{self._project(draw)}", {"include_stats": True}

    def _ask_feedback(self, draw: Random) -> tuple[str, str, Any]:
        asked = {"limit": draw.randrange(1, 40), "offset": draw.randrange(9)}
        more = self._some(draw, session=self._project(draw), has_comment=True, level="run")
        return "GET", "/api/v1/feedback", asked | more

    def _ask_one_feedback(self, draw: Random) -> tuple[str, str, Any]:
        return "GET", f"/api/v1/feedback/{draw.choice(self.feedback)}", {}

    def _ask_thread_stats(self, draw: Random) -> tuple[str, str, Any]:
        run = draw.choice([row for row in self.runs if row["parent_run_id"] is None])
        asked = {"session_id": run["session_id"], "selects": list(SUMMARIES)}
        return "GET", f"/v2/threads/{draw.choice(self.threads)}/stats", asked

    def _v2_window(self, draw: Random) -> dict[str, Any]:
        return {"project_id": self._project(draw), "min_start_time": draw.choice(TIMES[:2])}

    def _ask_threads(self, draw: Random) -> tuple[str, str, Any]:
        body = {"page_size": draw.randrange(1, 20)} | self._v2_window(draw)
        return "POST", "/v2/threads/query", body | self._some(draw, filter=draw.choice(FILTERS))

    def _ask_all_thread_stats(self, draw: Random) -> tuple[str, str, Any]:
        body = {"select": list(AGGREGATES)} | self._v2_window(draw)
        stride = {"value": draw.randrange(1, 9), "unit": "HOUR"}
        return "POST", "/v2/threads/stats", body | self._some(draw, stride=stride)

    def _ask_thread_traces(self, draw: Random) -> tuple[str, str, Any]:
        asked = {
            "project_id": self._project(draw),
            "page_size": 3,
            "selects": ["TURN_NUMBER", "LATENCY", "PROMPT_TOKEN_DETAILS"],
        }
        return "GET", f"/v2/threads/{draw.choice(self.threads)}/traces", asked

    def _ask_v2_runs(self, draw: Random) -> tuple[str, str, Any]:
        body = {
            "project_ids": [self._project(draw)],
            "min_start_time": TIMES[0],
            "page_size": draw.randrange(1, 30),
            "selects": draw.sample(RUN_SELECTS, 3),
        }
        return "POST", "/v2/runs/query", body | self._some(draw, filter=draw.choice(FILTERS))

    def _ask_v2_run(self, draw: Random) -> tuple[str, str, Any]:
        run = self._run(draw)
        asked = {"project_id": run["session_id"], "selects": list(RUN_SELECTS)}
        return "GET", f"/v2/runs/{run['id']}", asked

    def _ask_run_url(self, draw: Random) -> tuple[str, str, Any]:
        run = self._run(draw)
        asked = {"project_id": run["session_id"], "trace_id": run["trace_id"]}
        return "GET", f"/v2/runs/{run['id']}/url", asked

    def _ask_traces(self, draw: Random) -> tuple[str, str, Any]:
        selects = ["ID", "TOTAL_TOKENS", "FIRST_TOKEN_TIME", "TAGS"]
        body = {"page_size": draw.randrange(1, 20), "selects": selects}
        return "POST", "/v2/traces/query", body | self._v2_window(draw)

    def _ask_trace(self, draw: Random) -> tuple[str, str, Any]:
        run = self._run(draw)
        asked = {"project_id": run["session_id"], "selects": list(RUN_SELECTS)}
        return "GET", f"/v2/traces/{run['trace_id']}/runs", asked

    def _ask_datasets(self, draw: Random) -> tuple[str, str, Any]:
        sort = draw.choice(("name", "created_at", "example_count", "last_session_start_time"))
        url = draw.choice(("/api/v1/datasets", "/v2/datasets"))
        return "GET", url, self._some(draw, sort_by=sort)

    def _ask_dataset(self, draw: Random) -> tuple[str, str, Any]:
        rest = draw.choice(("", "/splits", "/versions", "/version", "/share"))
        asked = {"tag": "latest"} if rest == "/version" else {}
        return "GET", f"/api/v1/datasets/{draw.choice(self.datasets)}{rest}", asked

    def _ask_versions(self, draw: Random) -> tuple[str, str, Any]:
        asked = {"from_version": TIMES[0], "to_version": "latest"}
        return "GET", f"/api/v1/datasets/{draw.choice(self.datasets)}/versions/diff", asked

    def _ask_examples(self, draw: Random) -> tuple[str, str, Any]:
        order = draw.choice(("recent", "recently_created", "id", "random"))
        asked = {"limit": draw.randrange(1, 30), "order": order}
        more = self._some(draw, dataset=draw.choice(self.datasets), offset=3)
        return "GET", "/api/v1/examples", asked | more

    def _ask_example(self, draw: Random) -> tuple[str, str, Any]:
        if draw.random() < 0.3:
            return "GET", "/api/v1/examples/count", {}
        return "GET", f"/api/v1/examples/{draw.choice(self.examples).upper()}", {}

    def _experiments(self, draw: Random) -> list[str]:
        return draw.sample(self.experiments, draw.randrange(1, 3))

    def _ask_examples_with_runs(self, draw: Random) -> tuple[str, str, Any]:
        body: dict[str, Any] = {"session_ids": [draw.choice(self.experiments)], "limit": 10}
        sort = {"sort_by": "feedback.correctness", "sort_order": "ASC"}
        url = f"/api/v1/datasets/{draw.choice(self.datasets)}/runs"
        return "POST", url, body | self._some(draw, sort_params=sort, preview=True)

    def _ask_experiment_runs(self, draw: Random) -> tuple[str, str, Any]:
        body = {
            "experiment_ids": self._experiments(draw),
            "page_size": 7,
            "selects": ["ID", "NAME"],
        }
        return "POST", f"/v2/datasets/{draw.choice(self.datasets)}/experiment-runs", body

    def _ask_groups(self, draw: Random) -> tuple[str, str, Any]:
        body = {
            "session_ids": self._experiments(draw),
            "group_by": draw.choice(("run_metadata", "example_metadata")),
            "metadata_key": draw.choice(("model", "difficulty", "topic", "dataset_split")),
        }
        return "POST", f"/api/v1/datasets/{draw.choice(self.datasets)}/group/runs", body

    def _ask_shared(self, draw: Random) -> tuple[str, str, Any]:
        rest = draw.choice(("", "/sessions", "/feedback"))
        url = f"/api/v1/public/{self._token(draw)}/datasets{rest}"
        return "GET", url, {"facets": True} if rest == "/sessions" else {}

    def _ask_shared_examples(self, draw: Random) -> tuple[str, str, Any]:
        rest = draw.choice(("", "/count"))
        return "GET", f"/api/v1/public/{self._token(draw)}/examples{rest}", {}

    def _ask_shared_runs(self, draw: Random) -> tuple[str, str, Any]:
        url = f"/api/v1/public/{self._token(draw)}/datasets/runs/query"
        return "POST", url, {"limit": draw.randrange(1, 30)} | self._run_body(draw)

    def _helicone(self, draw: Random) -> dict[str, Any]:
        leaf = {"request_response_rmt": {"model": {"contains": draw.choice(("gpt", "claude"))}}}
        return {"filter": draw.choice(("all", leaf))}

    def _ask_metrics(self, draw: Random) -> tuple[str, str, Any]:
        body = {"nameContains": "", "timezoneDifference": 0, "pSize": draw.choice(("p50", "p99"))}
        return "POST", "/v1/session/metrics/query", body | self._helicone(draw)

    def _ask_helicone_sessions(self, draw: Random) -> tuple[str, str, Any]:
        body = {
            "search": draw.choice(("", "a")),
            "timeFilter": {"startTimeUnixMs": 0, "endTimeUnixMs": 4_000_000_000_000},
            "timezoneDifference": draw.randrange(100),
            "limit": draw.randrange(1, 50),
            "offset": draw.randrange(4),
        }
        url = draw.choice(("/v1/session/query", "/v1/session/count"))
        return "POST", url, body | self._helicone(draw)

    def _ask_names(self, draw: Random) -> tuple[str, str, Any]:
        body = {"nameContains": draw.choice(("", "a")), "timezoneDifference": 0}
        return "POST", "/v1/session/name/query", body

    def _ask_tag(self, draw: Random) -> tuple[str, str, Any]:
        return "GET", f"/v1/session/{draw.choice(self.sessions)}/tag", {}

    def _ask_properties(self, _: Random) -> tuple[str, str, Any]:
        return "POST", "/v1/property/query", {}

    def _ask_requests(self, draw: Random) -> tuple[str, str, Any]:
        sort = draw.choice(({}, {"created_at": "asc"}, {"latency": "desc"}, {"cost": "asc"}))
        body = {"offset": draw.randrange(9), "limit": draw.randrange(1, 50), "sort": sort}
        return "POST", "/v1/request/query-clickhouse", body | self._helicone(draw)
