"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from bot.safety.triage import warm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.web.settings")
application = get_wsgi_application()
# The first patient does not wait for the lexicon.
warm()
