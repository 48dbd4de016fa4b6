"""Passwords that others made, and what a server remembers for a while."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0015_token")]
    operations = [
        migrations.AddField(
            model_name="officer",
            name="password_given",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="ShortLived",
            fields=[
                ("key", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("expires", models.FloatField(null=True)),
            ],
            options={"db_table": "short_lived"},
        ),
    ]
