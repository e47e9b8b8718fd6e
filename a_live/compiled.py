"""Querysets whose SQL is compiled once, for the few queries that run on every frame.

Compiling a join of four models takes the ORM about 1 ms, many times longer than SQLite needs to run it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable

M = TypeVar("M")

SIZES = (1, 8, 64, 256)


def padded(values: Collection[Any]) -> list[Any]:
    """Return some values, the last one repeated so that their number is one of a few: a query is compiled for each."""
    values = list(values)
    size = next((size for size in SIZES if size >= len(values)), len(values))
    return values + values[-1:] * (size - len(values))


def placeholders(count: int) -> range:
    """Return placeholder values for parameters, too large to collide with a query's constants."""
    return range(2**40, 2**40 + count)


class CompiledQuery(Generic[M]):
    """A queryset of instances (with `select_related`) or of tuples, compiled once.

    `build` makes the queryset; it is called once with placeholders, which are later replaced by the real parameters.
    Deferred fields are loaded on access, as usual.
    """

    def __init__(self, build: Callable[..., QuerySet], *placeholders: Any) -> None:
        queryset = build(*placeholders)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.params = compiler.as_sql()
        self.places = {_adapted(placeholder): place for place, placeholder in enumerate(placeholders)}
        self.compiler, self.converters = compiler, compiler.get_converters([column for column, _, _ in compiler.select])
        is_of_instances = queryset._iterable_class is ModelIterable
        self.make: Callable[[Any], Any] = _Builder(compiler.klass_info, compiler.select) if is_of_instances else tuple

    def fetch(self, *params: Any) -> list[M]:
        """Return the instances or tuples for the parameters."""
        values = [_adapted(params[self.places[value]]) if value in self.places else value for value in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            rows = cursor.fetchall()
        if self.converters:
            rows = self.compiler.apply_converters(rows, self.converters)
        return [self.make(row) for row in rows]


def _adapted(value: Any) -> Any:
    """Return a parameter in the database's format."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


class _Builder:
    """Builds a model instance and its related ones from a row: `Model.from_db` without signals."""

    def __init__(self, klass_info: dict[str, Any], select: Sequence[Any]) -> None:
        self.model = klass_info["model"]
        self.columns = [(select[place][0].target.attname, place) for place in klass_info["select_fields"]]
        related = klass_info.get("related_klass_infos", ())
        self.related = [(info["local_setter"], info["remote_setter"], _Builder(info, select)) for info in related]

    def __call__(self, row: Sequence[Any]) -> Any:
        """Return the instance for a row."""
        instance = self.model.__new__(self.model)
        state = instance._state = ModelState()
        state.db, state.adding, state.fields_cache = DEFAULT_DB_ALIAS, False, {}
        values = instance.__dict__
        for name, place in self.columns:
            values[name] = row[place]
        for set_local, set_remote, builder in self.related:
            other = builder(row)
            set_local(instance, other)
            set_remote(other, instance)
        return instance


class CompiledInsert:
    """An INSERT of several instances in one statement, compiled once per number of instances."""

    def __init__(self, model: type[Model], count: int, key_field: str) -> None:
        quote, meta = connection.ops.quote_name, model._meta
        self.fields = [field for field in meta.concrete_fields if not field.primary_key]
        self.key_field = key_field
        columns = ", ".join(quote(str(field.column)) for field in self.fields)
        row = f"({', '.join(['%s'] * len(self.fields))})"
        returned = f"{quote(key_field)}, {quote(str(meta.pk.column))}"
        into = f"INSERT INTO {quote(meta.db_table)} ({columns})"
        self.sql = f"{into} VALUES {', '.join([row] * count)} RETURNING {returned}"

    def run(self, instances: Sequence[Model]) -> None:
        """Insert new instances and set their primary keys, matching the returned rows by `key_field`."""
        values = [
            field.get_db_prep_save(getattr(instance, field.attname), connection)
            for instance in instances
            for field in self.fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            keys = dict(cursor.fetchall())
        for instance in instances:
            instance.pk = keys[getattr(instance, self.key_field)]
            instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
