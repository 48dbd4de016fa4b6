"""Texts of the evidence that are evidence themselves, sealed."""

import django.db.models.deletion
from django.db import migrations, models

import amparo.records.models


class Migration(migrations.Migration):
    dependencies = [("records", "0009_matches_append_only")]
    operations = [
        migrations.CreateModel(
            name="Withheld",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("analyzer", models.TextField()),
                ("name", models.TextField()),
                ("sealed", models.BinaryField()),
                (
                    "media_file",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.mediafile",
                    ),
                ),
            ],
            options={
                "db_table": "withheld",
                "indexes": [models.Index(fields=["media_file"], name="withheld_media_file")],
            },
        ),
    ]
