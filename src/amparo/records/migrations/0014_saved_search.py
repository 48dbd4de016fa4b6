"""Searches that officers keep."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0017_ledger_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("search", models.TextField()),
                ("shared", models.BooleanField()),
                ("at", models.TextField()),
                ("ended", models.TextField(null=True)),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "saved_search",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("officer", "name"), name="saved_search_name"
                    )
                ],
            },
        ),
    ]
