"""The operation at a glance, and for what one is here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amparo.casework.overview import overview
from amparo.domain.need_to_know import Act, Purpose
from amparo.web.frame import PURPOSES
from amparo.web.request import Request


def home(request: Request) -> HttpResponse:
    """What there is, what runs, and what waits."""
    desk = request.desk
    if not desk.reach.may(Act.SEE_FIGURES):
        return render(request, "home/nothing.html")
    return render(request, "home/home.html", {"overview": overview(reach=desk.reach, database=desk.database)})


def no_operation(request: Request) -> HttpResponse:
    """For those who can log in, and are no members."""
    if request.desk.reach.roles:
        return redirect("home")
    return render(request, "home/no_operation.html", status=403)


no_operation.for_everybody = True  # type: ignore[attr-defined]


@require_POST
def purpose(request: Request) -> HttpResponse:
    """Say for what purpose one is here from now on."""
    wanted = request.POST.get("purpose", "")
    if wanted not in set(Purpose):
        messages.error(request, _("There is no such purpose."))
        return redirect("home")
    request.session["purpose"] = wanted
    messages.success(request, _("From now on you are here for: {}.").format(PURPOSES[Purpose(wanted)]))
    return redirect("home")


purpose.for_everybody = True  # type: ignore[attr-defined]
