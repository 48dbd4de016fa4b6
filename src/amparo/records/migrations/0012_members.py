"""Agencies, memberships, whose an exhibit is and who may see it; and officers who log in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0011_clue"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
                ("display", models.TextField()),
                ("country", models.TextField()),
            ],
            options={
                "db_table": "agency",
            },
        ),
        migrations.AddField(
            model_name="officer",
            name="is_active",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="officer",
            name="last_login",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last login"),
        ),
        migrations.AddField(
            model_name="officer",
            name="password",
            field=models.CharField(db_default="", default="", max_length=256),
        ),
        migrations.AddField(
            model_name="officer",
            name="preferences",
            field=models.TextField(db_default="{}", default="{}"),
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
                ("exhibit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.exhibit")),
            ],
            options={
                "db_table": "ownership",
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("roles", models.TextField()),
                ("purposes", models.TextField()),
                ("at", models.TextField()),
                ("ended", models.TextField(null=True)),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
                ("operation", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.operation")),
            ],
            options={
                "db_table": "membership",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("operation", "officer"), name="membership_officer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sharing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purposes", models.TextField()),
                ("reason", models.TextField()),
                ("at", models.TextField()),
                ("ended", models.TextField(null=True)),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
                ("exhibit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.exhibit")),
            ],
            options={
                "db_table": "sharing",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("exhibit", "agency"), name="sharing_agency"
                    )
                ],
            },
        ),
    ]
