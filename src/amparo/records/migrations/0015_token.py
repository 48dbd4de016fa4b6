"""Tokens, by which programs act for officers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0013_task"),
    ]

    operations = [
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("digest", models.BinaryField(unique=True)),
                ("purpose", models.TextField()),
                ("at", models.TextField()),
                ("expires", models.TextField()),
                ("ended", models.TextField(null=True)),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "token",
            },
        ),
    ]
