"""See, make and withdraw one's tokens."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from amparo.casework import tokens
from amparo.web.account.proof import recently_proved
from amparo.web.request import Request


class Wanted(forms.Form):
    """A token to be made."""

    name = forms.CharField(
        max_length=100, label=gettext_lazy("Name"), help_text=gettext_lazy("What will use it, such as a script's name.")
    )
    days = forms.IntegerField(
        min_value=1, max_value=tokens.LONGEST_DAYS, initial=30, label=gettext_lazy("Days until it expires")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def tokens_(request: Request) -> HttpResponse:
    """The officer's tokens; with a form, a new one, which is shown this once."""
    desk = request.desk
    form = Wanted(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        issued = tokens.issue(
            form.cleaned_data["name"],
            form.cleaned_data["days"],
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            clock=desk.clock,
        )
        form = Wanted()
    rows = tokens.tokens(reach=desk.reach, database=desk.database)
    now = desk.clock().isoformat()
    return render(request, "tokens/tokens.html", {"rows": rows, "form": form, "issued": issued, "now": now})


@require_POST
def withdraw(request: Request, token: int) -> HttpResponse:
    """Withdraw a token: from now on it lets nobody in."""
    desk = request.desk
    tokens.withdraw(token, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    messages.success(request, _("The token is withdrawn: it lets no program in any more."))
    return redirect("tokens")
