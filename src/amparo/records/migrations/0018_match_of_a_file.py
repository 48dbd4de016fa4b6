"""Matches by the file that they are of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0014_saved_search"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="match",
            index=models.Index(fields=["media_file"], name="match_media_file"),
        ),
    ]
