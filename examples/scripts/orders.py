"""The steps of etl.duck.yaml: extract FILE | aggregate."""

import csv
import json
import os
import sqlite3
import sys
from pathlib import Path

INPUT = dict(os.environ)  # a map input arrives as environment variables; what is not a string, as JSON


def amount(text):
    try:
        return float(text)
    except ValueError:
        return None


def extract(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = [{**row, "amount": amount(row["amount"])} for row in csv.DictReader(file)]
    print(json.dumps({"rows": rows}))


def aggregate():
    rows = json.loads(INPUT["rows"])
    database = sqlite3.connect(":memory:")
    database.execute("create table orders (country text, amount real)")
    database.executemany("insert into orders values (:country, :amount)", rows)
    countries = dict(database.execute("select country, sum(amount) from orders group by country order by 1"))
    print(json.dumps({"total": sum(countries.values()), "countries": countries}))


{"extract": extract, "aggregate": aggregate}[sys.argv[1]](*sys.argv[2:])
