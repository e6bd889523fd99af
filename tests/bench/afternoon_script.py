"""FROZEN BASELINE: the afternoon script. Do not tune it, up or down.

This is what an engineer writes in an afternoon with the usual tools, each used as documented: httpx with its
own transport, `response.json()`, SQLAlchemy ORM models, a session and a commit per poll, `statistics`, a
default SQLite file. It does the same work as the bare loop, also twenty searches at a time, and is not slow
on purpose: one client for all, one query for the known listings of a search, and writes only for changes.
"""

from __future__ import annotations

import asyncio
import statistics
import time

import httpx
from sqlalchemy import JSON, ForeignKey, create_engine, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.bench.job import Job, Lap, Measured

EVERY = 3600.0  # seconds between two polls of a search


class Model(DeclarativeBase):
    """Base class of the tables."""


class Search(Model):
    """A query with its target, next due time and last answer."""

    __tablename__ = "searches"
    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(unique=True)
    target: Mapped[float]
    next_due: Mapped[float] = mapped_column(default=0.0, index=True)
    fetched_at: Mapped[float | None]
    payload: Mapped[list[dict] | None] = mapped_column(JSON)


class PricePoint(Model):
    """The statistics of one poll."""

    __tablename__ = "price_points"
    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("searches.id"), index=True)
    at: Mapped[float]
    n: Mapped[int]
    low: Mapped[float]
    median: Mapped[float]
    high: Mapped[float]


class Listing(Model):
    """A listing as last seen."""

    __tablename__ = "listings"
    search_id: Mapped[int] = mapped_column(ForeignKey("searches.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    price: Mapped[float | None]
    shipping: Mapped[float | None]
    seen_at: Mapped[float]
    hit_at: Mapped[float | None]


async def afternoon_script(job: Job) -> Measured:
    """Poll according to the job."""
    engine = create_engine(f"sqlite:///{job.database}")
    Model.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Search(query=w.query, target=w.target) for w in job.wanted)
        session.commit()
    try:
        async with httpx.AsyncClient(base_url=job.url) as client:
            client.headers.update(await authorization(client))
            await poll_many(client, engine, job.concurrency, job.warmup)
            lap = Lap()
            await poll_many(client, engine, job.concurrency, job.polls)
            return lap.end(job.polls)
    finally:
        engine.dispose()


async def authorization(client: httpx.AsyncClient) -> dict[str, str]:
    """Return the authorization header for eBay."""
    form = {"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"}
    response = await client.post("/identity/v1/oauth2/token", data=form, auth=("id", "secret"))
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


async def poll_many(client: httpx.AsyncClient, engine: Engine, concurrency: int, count: int) -> None:
    """Make `count` polls, the longest due first, `concurrency` at a time."""
    while count > 0:
        with Session(engine) as session:
            limit = min(count, concurrency)
            due = session.execute(
                select(Search.id, Search.query).order_by(Search.next_due).limit(limit)
            ).all()
        await asyncio.gather(*(poll(client, engine, search_id, query) for search_id, query in due))
        count -= len(due)


async def poll(client: httpx.AsyncClient, engine: Engine, search_id: int, query: str) -> None:
    """Query the market, keep matching listings with a price, compare with the target, and record."""
    response = await client.get("/buy/browse/v1/item_summary/search", params={"q": query, "limit": 50})
    response.raise_for_status()
    listings = [project(row) for row in response.json().get("itemSummaries", [])]
    now = time.time()
    with Session(engine) as session:
        search = session.get_one(Search, search_id)
        search.next_due = now + EVERY
        search.fetched_at = now
        search.payload = listings
        totals = {x["id"]: x["price"] + x["shipping"] for x in listings if fits(x, query)}
        if totals:
            prices = totals.values()
            figures = {"low": min(prices), "median": statistics.median(prices), "high": max(prices)}
            session.add(PricePoint(search_id=search_id, at=now, n=len(totals), **figures))
        found = session.scalars(select(Listing).where(Listing.search_id == search_id))
        known = {listing.item_id: listing for listing in found}
        for x in listings:
            listing = known.get(x["id"])
            if listing is None:
                listing = Listing(search_id=search_id, item_id=x["id"], title=x["title"], seen_at=now)
                session.add(listing)
            if (listing.price, listing.shipping) != (x["price"], x["shipping"]):
                listing.price, listing.shipping, listing.seen_at = x["price"], x["shipping"], now
            if listing.hit_at is None and totals.get(x["id"], search.target + 1) <= search.target:
                listing.hit_at = now
        session.commit()


def fits(listing: dict, query: str) -> bool:
    """Whether the title contains the query's words and the total is known."""
    words = listing["title"].lower().split()
    return (
        listing["price"] is not None
        and listing["shipping"] is not None
        and all(word in words for word in query.split())
    )


def project(row: dict) -> dict:
    """Return the fields worth keeping."""
    price = row.get("price")
    options = row.get("shippingOptions")
    cost = options[0].get("shippingCost") if options else None
    return {
        "id": row["itemId"],
        "title": row["title"],
        "price": float(price["value"]) if price else None,
        "shipping": float(cost["value"]) if cost else None,
        "condition": row.get("conditionId"),
        "buying": row.get("buyingOptions"),
        "country": row.get("itemLocation", {}).get("country"),
        "feedback": row.get("seller", {}).get("feedbackScore"),
        "created": row.get("itemCreationDate"),
        "url": row["itemWebUrl"],
        "image": row.get("image", {}).get("imageUrl"),
    }
