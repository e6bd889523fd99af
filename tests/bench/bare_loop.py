"""FROZEN BASELINE: a bare aiohttp + json + raw sqlite3 loop. Do not tune it, up or down.

This is what a skilled engineer writes in an evening for one machine: one keep-alive session, twenty searches
at a time, standard json, hand-written SQL in WAL mode with full durability, and one transaction per group of
twenty (a commit per poll is the naive way, and grouping is the usual first improvement). It has no retries,
no rules except a target, and no messages. It shows the least CPU that a plausible program needs.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import zlib
from base64 import b64encode
from typing import NamedTuple

import aiohttp

from tests.bench.job import Job, Lap, Measured

EVERY = 3600.0  # seconds between two polls of a search
SCHEMA = """
CREATE TABLE searches (
    id INTEGER PRIMARY KEY, query TEXT NOT NULL UNIQUE, target INTEGER NOT NULL, next_due REAL NOT NULL
);
CREATE INDEX searches_due ON searches (next_due);
CREATE TABLE cache (search_id INTEGER PRIMARY KEY, fetched_at REAL NOT NULL, payload BLOB NOT NULL);
CREATE TABLE prices (
    search_id INTEGER NOT NULL, at REAL NOT NULL, n INTEGER NOT NULL,
    low INTEGER NOT NULL, median INTEGER NOT NULL, high INTEGER NOT NULL
);
CREATE INDEX prices_of ON prices (search_id, at);
CREATE TABLE listings (
    search_id INTEGER NOT NULL, item_id TEXT NOT NULL, title TEXT NOT NULL, price INTEGER, shipping INTEGER,
    seen_at REAL NOT NULL, PRIMARY KEY (search_id, item_id)
) WITHOUT ROWID;
CREATE TABLE hits (
    search_id INTEGER NOT NULL, item_id TEXT NOT NULL, total INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (search_id, item_id)
) WITHOUT ROWID;
"""


class Search(NamedTuple):
    """A due row; money is in cents."""

    id: int
    query: str
    target: int


class Poll(NamedTuple):
    """The result of a poll: all listings, the sorted totals of those kept, and the hits."""

    search: Search
    at: float
    listings: list[dict]
    totals: list[int]
    hits: list[tuple[str, int]]


async def bare_loop(job: Job) -> Measured:
    """Poll according to the job."""
    db = open_database(job)
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=job.concurrency)) as session:
            session.headers.update(await authorization(session, job.url))
            await poll_many(session, db, job, job.warmup)
            lap = Lap()
            await poll_many(session, db, job, job.polls)
            return lap.end(job.polls)
    finally:
        db.close()


def open_database(job: Job) -> sqlite3.Connection:
    """Create a database with the job's searches, all due."""
    db = sqlite3.connect(job.database)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(SCHEMA)
    with db:
        rows = [(w.query, round(w.target * 100)) for w in job.wanted]
        db.executemany("INSERT INTO searches (query, target, next_due) VALUES (?, ?, 0)", rows)
    return db


async def authorization(session: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """Return the authorization header for eBay."""
    form = {"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"}
    basic = {"Authorization": "Basic " + b64encode(b"id:secret").decode()}
    async with session.post(f"{url}/identity/v1/oauth2/token", data=form, headers=basic) as response:
        return {"Authorization": f"Bearer {(await response.json())['access_token']}"}


async def poll_many(session: aiohttp.ClientSession, db: sqlite3.Connection, job: Job, count: int) -> None:
    """Make `count` polls, the longest due first; each group of concurrent polls is one transaction."""
    while count > 0:
        limit = min(count, job.concurrency)
        due = db.execute("SELECT id, query, target FROM searches ORDER BY next_due LIMIT ?", (limit,))
        polls = await asyncio.gather(*(poll(session, job.url, Search(*row)) for row in due.fetchall()))
        with db:
            for done in polls:
                record(db, done)
        count -= len(polls)


async def poll(session: aiohttp.ClientSession, url: str, search: Search) -> Poll:
    """Query the market, keep listings that match the query and have a price, and compare with the target."""
    params = {"q": search.query, "limit": "50"}
    async with session.get(f"{url}/buy/browse/v1/item_summary/search", params=params) as response:
        response.raise_for_status()
        answer = json.loads(await response.read())
    listings = [project(row) for row in answer.get("itemSummaries", [])]
    words = set(search.query.split())
    kept = [x for x in listings if x["price"] is not None and words <= set(x["title"].casefold().split())]
    priced = [(x["id"], x["price"] + x["shipping"]) for x in kept if x["shipping"] is not None]
    totals = sorted(total for _, total in priced)
    hits = [(item, total) for item, total in priced if total <= search.target]
    return Poll(search, time.time(), listings, totals, hits)


def project(row: dict) -> dict:
    """Return the fields worth keeping."""
    price = row.get("price")
    options = row.get("shippingOptions")
    cost = options[0].get("shippingCost") if options else None
    return {
        "id": row["itemId"],
        "title": row["title"],
        "price": cents(price) if price else None,
        "shipping": cents(cost) if cost else None,
        "condition": row.get("conditionId"),
        "buying": row.get("buyingOptions"),
        "country": row.get("itemLocation", {}).get("country"),
        "feedback": row.get("seller", {}).get("feedbackScore"),
        "created": row.get("itemCreationDate"),
        "url": row["itemWebUrl"],
        "image": row.get("image", {}).get("imageUrl"),
    }


def cents(amount: dict) -> int:
    """Return `{"value": "12.50", …}` in cents."""
    return round(float(amount["value"]) * 100)


def median(ordered: list[int]) -> int:
    """Return the middle value, or the mean of the two middle ones."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def record(db: sqlite3.Connection, done: Poll) -> None:
    """Record a poll: next due time, cached answer, price point, changed listings, hits."""
    search, at, totals = done.search.id, done.at, done.totals
    db.execute("UPDATE searches SET next_due = ? WHERE id = ?", (at + EVERY, search))
    payload = zlib.compress(json.dumps(done.listings, separators=(",", ":")).encode(), 1)
    db.execute("INSERT OR REPLACE INTO cache VALUES (?, ?, ?)", (search, at, payload))
    if totals:
        figures = (totals[0], median(totals), totals[-1])
        db.execute("INSERT INTO prices VALUES (?, ?, ?, ?, ?, ?)", (search, at, len(totals), *figures))
    found = db.execute("SELECT item_id, price, shipping FROM listings WHERE search_id = ?", (search,))
    known = {item: (price, shipping) for item, price, shipping in found}
    changed = [
        (search, x["id"], x["title"], x["price"], x["shipping"], at)
        for x in done.listings
        if known.get(x["id"]) != (x["price"], x["shipping"])
    ]
    db.executemany("INSERT OR REPLACE INTO listings VALUES (?, ?, ?, ?, ?, ?)", changed)
    hits = [(search, item, total, at) for item, total in done.hits]
    db.executemany("INSERT OR IGNORE INTO hits VALUES (?, ?, ?, ?)", hits)
