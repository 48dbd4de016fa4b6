"""What files name that others may name too."""

import django.db.models.deletion
from django.db import migrations, models

import amparo.records.models


class Migration(migrations.Migration):
    dependencies = [("records", "0010_withheld")]
    operations = [
        migrations.CreateModel(
            name="Clue",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("value", models.TextField()),
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
                "db_table": "clue",
                "indexes": [models.Index(fields=["kind", "value", "media_file"], name="clue_value")],
            },
        ),
    ]
