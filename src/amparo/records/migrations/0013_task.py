"""Long work that goes on when whoever began it has gone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0012_members")]
    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("exhibit", models.TextField(null=True)),
                ("assignment", models.TextField()),
                ("at", models.TextField()),
                ("ended", models.TextField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("reason", models.TextField(null=True)),
                ("place", models.BigIntegerField()),
                ("machine", models.TextField()),
                ("began", models.TextField(null=True)),
                ("stop_asked", models.TextField(null=True)),
                ("headway", models.TextField(default="{}")),
                ("reported", models.TextField()),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
                (
                    "resumes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resumed_by",
                        to="records.task",
                    ),
                ),
            ],
            options={
                "db_table": "task",
                "indexes": [
                    models.Index(condition=models.Q(("ended", None)), fields=["place"], name="task_open"),
                    models.Index(fields=["exhibit"], name="task_exhibit"),
                ],
            },
        ),
    ]
