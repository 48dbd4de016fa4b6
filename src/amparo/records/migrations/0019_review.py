"""Gradings, notes and leads; the order of the queue; what reviewers have seen."""

import django.db.models.deletion
from django.db import migrations, models

import amparo.records.models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0018_match_of_a_file"),
    ]

    operations = [
        migrations.CreateModel(
            name="Vocabulary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
                ("text", models.TextField()),
                ("at", models.TextField()),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "vocabulary",
            },
        ),
        migrations.CreateModel(
            name="Grading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("round", models.TextField()),
                ("vocabulary", models.TextField()),
                ("category", models.TextField()),
                ("meaning", models.TextField()),
                ("flags", models.TextField()),
                ("reason", models.TextField()),
                ("source", models.TextField()),
                ("files", models.BigIntegerField()),
                ("files_digest", models.BinaryField()),
                ("submission", models.TextField()),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
                ("operation", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.operation")),
            ],
            options={
                "db_table": "grading",
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "submission", "round"), name="grading_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("text", models.TextField()),
                ("region", models.TextField()),
                ("submission", models.TextField()),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
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
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "lead",
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "submission"), name="lead_once"),
                ],
                "indexes": [
                    models.Index(fields=["media_file"], name="lead_media_file"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("status", models.TextField()),
                ("text", models.TextField()),
                ("submission", models.TextField()),
                ("lead", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.lead")),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "lead_step",
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "submission"), name="lead_step_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.TextField()),
                ("until", models.FloatField()),
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
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "lease",
                "constraints": [
                    models.UniqueConstraint(fields=("media_file", "round"), name="lease_of_a_file"),
                    models.UniqueConstraint(fields=("officer", "round"), name="lease_of_an_officer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("level", models.TextField()),
                ("burden", models.TextField()),
                ("most_s", models.IntegerField()),
                ("ended", models.TextField(null=True)),
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
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "look",
                "indexes": [
                    models.Index(fields=["officer", "at"], name="look_officer"),
                    models.Index(condition=models.Q(("ended", None)), fields=["officer"], name="look_open"),
                    models.Index(fields=["media_file"], name="look_media_file"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("text", models.TextField()),
                ("submission", models.TextField()),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
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
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "note",
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "submission"), name="note_once"),
                ],
                "indexes": [
                    models.Index(fields=["media_file"], name="note_media_file"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueWeights",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("weights", models.TextField()),
                ("reason", models.TextField()),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
                ("operation", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.operation")),
            ],
            options={
                "db_table": "queue_weights",
            },
        ),
        migrations.CreateModel(
            name="ViewingPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("policy", models.TextField()),
                ("reason", models.TextField()),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.officer"
                    ),
                ),
                ("operation", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.operation")),
                (
                    "subject",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.officer"
                    ),
                ),
            ],
            options={
                "db_table": "viewing_policy",
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("reason", models.TextField()),
                ("grading", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="records.grading")),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "withdrawal",
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.TextField()),
                ("claim", models.TextField()),
                ("reason", models.TextField()),
                ("submission", models.TextField()),
                ("agency", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.agency")),
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
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer")),
            ],
            options={
                "db_table": "assessment",
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "submission"), name="assessment_once"),
                ],
                "indexes": [models.Index(fields=["media_file"], name="assessment_media_file")],
            },
        ),
        migrations.CreateModel(
            name="Graded",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "grading",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.grading",
                    ),
                ),
            ],
            options={
                "db_table": "graded",
                "indexes": [models.Index(fields=["media_file"], name="graded_media_file")],
                "constraints": [models.UniqueConstraint(fields=("grading", "media_file"), name="graded_once")],
            },
        ),
        migrations.CreateModel(
            name="CaseImport",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("at", models.TextField()),
                ("source", models.TextField()),
                ("case_id", models.TextField()),
                ("vocabulary", models.TextField()),
                ("header", models.TextField()),
                ("facts", models.TextField()),
                ("records", models.BigIntegerField()),
                ("records_digest", models.BinaryField()),
                (
                    "agency",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="records.agency"),
                ),
                (
                    "officer",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.officer"),
                ),
                (
                    "operation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="records.operation"),
                ),
            ],
            options={"db_table": "case_import"},
        ),
        migrations.CreateModel(
            name="CaseRecord",
            fields=[
                ("id", amparo.records.models.RowId(primary_key=True, serialize=False)),
                ("md5", models.BinaryField(null=True)),
                ("sha1", models.BinaryField(null=True)),
                ("sha256", models.BinaryField(null=True)),
                ("record", models.TextField()),
                (
                    "case_import",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.caseimport",
                    ),
                ),
            ],
            options={
                "db_table": "case_record",
                "indexes": [
                    models.Index(fields=["case_import", "id"], name="case_record_page"),
                    models.Index(fields=["md5"], name="case_record_md5"),
                    models.Index(fields=["sha1"], name="case_record_sha1"),
                    models.Index(fields=["sha256"], name="case_record_sha256"),
                ],
            },
        ),
    ]
