"""Officers are told what new hash sets know of their exhibits."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0007_matches")]
    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("read", models.TextField(null=True)),
                (
                    "comparison",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.comparison"),
                ),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.hashsetversion"),
                ),
            ],
            options={"db_table": "notice"},
        ),
    ]
