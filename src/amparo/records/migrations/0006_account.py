"""What the bytes of a container are."""

import django.db.models.deletion
from django.db import migrations, models

import amparo.records.models


class Migration(migrations.Migration):
    dependencies = [("records", "0005_retry")]
    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("size_bytes", models.BigIntegerField()),
                ("contents", models.BigIntegerField()),
                ("slack", models.BigIntegerField()),
                ("structure", models.BigIntegerField()),
                ("unallocated", models.BigIntegerField()),
                ("unknown", models.BigIntegerField()),
                (
                    "acquisition",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.acquisition",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.container",
                    ),
                ),
            ],
            options={
                "db_table": "account",
                "indexes": [models.Index(fields=["acquisition", "container"], name="account_container")],
            },
        ),
    ]
