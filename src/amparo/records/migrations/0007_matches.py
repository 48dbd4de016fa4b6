"""Comparisons with hash sets, and the matches that came of them."""

import django.db.models.deletion
from django.db import migrations, models

import amparo.records.models


def _loose(to: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0006_account")]
    operations = [
        migrations.CreateModel(
            name="Comparison",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("facts", models.TextField()),
                ("key", models.BinaryField()),
                (
                    "acquisition",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.acquisition"),
                ),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={"db_table": "comparison"},
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("entry", models.BigIntegerField()),
                ("basis", models.TextField()),
                ("distance", models.IntegerField()),
                ("threshold", models.IntegerField()),
                ("orientation", models.IntegerField()),
                ("quality", models.IntegerField(null=True)),
                ("entry_quality", models.IntegerField(null=True)),
                ("category", models.TextField()),
                ("facts", models.TextField()),
                ("comparison", _loose("records.comparison")),
                ("media_file", _loose("records.mediafile")),
                ("version", _loose("records.hashsetversion")),
            ],
            options={
                "db_table": "match",
                "indexes": [models.Index(fields=["comparison", "id"], name="match_comparison")],
            },
        ),
    ]
