"""A `NotExamined` says of which kind its reason is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0002_append_only")]
    operations = [
        migrations.AddField(model_name="notexamined", name="cause", field=models.TextField(db_default="", default="")),
    ]
