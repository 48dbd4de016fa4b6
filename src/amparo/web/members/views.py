"""See and keep the members of one's own agency, and the agencies of the operation."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.casework import own_members as keeping
from amparo.casework.members import MalformedMember
from amparo.domain.errors import AmparoError
from amparo.domain.need_to_know import Forbidden, Purpose, Role
from amparo.exchange.wording import worded
from amparo.web.account.proof import recently_proved
from amparo.web.frame import PURPOSES, ROLES
from amparo.web.request import Request

SORTS = {
    "officer": lambda member: member.officer,
    "roles": lambda member: sorted(member.roles),
    "since": lambda member: member.at,
}


class MemberForm(forms.Form):
    """What somebody is in the operation."""

    officer = forms.CharField(
        max_length=40,
        label=gettext_lazy("Short name, to log in by"),
        help_text=gettext_lazy("Lower-case letters, digits, dots and hyphens."),
    )
    roles = forms.MultipleChoiceField(
        choices=ROLES.items(), widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Roles")
    )
    purposes = forms.MultipleChoiceField(
        choices=PURPOSES.items(), widget=forms.CheckboxSelectMultiple, label=gettext_lazy("May work for")
    )


class ChangeForm(MemberForm):
    """The same, of a member who is there."""

    officer = None  # type: ignore[assignment]
    seen = forms.IntegerField(widget=forms.HiddenInput)


class AgencyForm(forms.Form):
    """An agency."""

    name = forms.CharField(
        max_length=40,
        label=gettext_lazy("Short name"),
        help_text=gettext_lazy("Lower-case letters, digits, dots and hyphens."),
    )
    display = forms.CharField(max_length=200, label=gettext_lazy("Name"))
    country = forms.CharField(
        max_length=2,
        required=False,
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Two letters, as in ISO 3166-1; empty for none."),
    )


@require_safe
def members(request: Request) -> HttpResponse:
    """The agencies, and one's own agency's members."""
    desk = request.desk
    ended = request.GET.get("ended") == "1"
    words = request.GET.get("words", "").strip()
    role = request.GET.get("role", "")
    sort = request.GET.get("sort", "officer")
    roster = keeping.own_roster(ended=ended, reach=desk.reach, database=desk.database)
    found = [
        member
        for member in roster.members
        if words.casefold() in f"{member.officer} {member.display}".casefold() and (not role or role in member.roles)
    ]
    name = sort.removeprefix("-")
    found.sort(key=SORTS.get(name, SORTS["officer"]), reverse=sort.startswith("-"))
    context = {
        "rows": [(member, _named(ROLES, member.roles), _purposes(member.purposes)) for member in found],
        "agencies": roster.agencies,
        "any": bool(roster.members),
        "roles": ROLES,
        "words": words,
        "role": role,
        "ended": ended,
        "sort": sort,
        "columns": [
            ("officer", _("Officer")),
            ("roles", _("Roles")),
            ("", _("May work for")),
            ("since", _("Since")),
            ("", _("Until")),
        ],
    }
    return render(request, "members/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def new_member(request: Request) -> HttpResponse:
    """Make somebody a member, and give him or her a first password, which is shown once."""
    desk = request.desk
    keeping.own_roster(reach=desk.reach, database=desk.database)
    form = MemberForm(request.POST or None, initial={"purposes": list(Purpose)})
    if request.method == "POST" and form.is_valid():
        officer = form.cleaned_data["officer"]
        if _set(request, form, officer, None):
            return _password_page(request, officer)
    return _form_page(request, form, _("A new member"))


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def new_agency(request: Request) -> HttpResponse:
    """Add an agency."""
    desk = request.desk
    keeping.own_roster(reach=desk.reach, database=desk.database)
    form = AgencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            added = keeping.bring_in_agency(
                given["name"],
                given["display"],
                given["country"].upper(),
                reach=desk.reach,
                database=desk.database,
                ledger=desk.ledger,
                clock=desk.clock,
            )
        except AmparoError as error:
            form.add_error(None, worded(error))
        else:
            messages.success(request, _("{} takes part; it sees nothing yet.").format(added.display))
            return redirect("members")
    note = _("Its first officer is added by whoever has the key of the workbench: amparo members add.")
    return _form_page(request, form, _("A new agency"), note)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_proved
def member(request: Request, officer: str) -> HttpResponse:
    """What a member is, and what can be done about it."""
    desk = request.desk
    found = keeping.own_member(officer, reach=desk.reach, database=desk.database)
    shown = {"roles": list(found.roles), "purposes": list(found.purposes), "seen": found.id}
    form = ChangeForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        if _set(request, form, officer, form.cleaned_data["seen"]):
            messages.success(request, _("{} is changed.").format(officer))
            return redirect("member", officer)
        said = form.non_field_errors()
        # What was typed, beside the membership as it is now: sent again, it is stored.
        form = ChangeForm({**form.cleaned_data, "seen": found.id}, initial=shown)
        for sentence in said:
            form.add_error(None, sentence)
    status = 422 if form.is_bound else 200
    return render(request, "members/member.html", {"member": found, "form": form}, status=status)


@require_POST
@recently_proved
def password(request: Request, officer: str) -> HttpResponse:
    """Another password for a member, shown once."""
    return _password_page(request, officer, drop_factors=request.POST.get("drop_factors") == "on")


@require_POST
@recently_proved
def end(request: Request, officer: str) -> HttpResponse:
    """End a membership."""
    desk = request.desk
    seen = request.POST.get("seen", "")
    try:
        keeping.end_own_member(
            officer,
            seen=int(seen) if seen.isdecimal() else 0,
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            clock=desk.clock,
        )
    except (keeping.ChangedMeanwhile, keeping.LastKeeper) as error:
        messages.error(request, worded(error))
        return redirect("member", officer)
    messages.success(request, _("{} is no member any more, and logged out everywhere.").format(officer))
    return redirect("members")


def _set(request: Request, form: Any, officer: str, seen: int | None) -> bool:
    """Whether the member is as the form says; else the form has the sentence."""
    desk = request.desk
    try:
        keeping.set_member(
            officer,
            map(Role, form.cleaned_data["roles"]),
            map(Purpose, form.cleaned_data["purposes"]),
            seen=seen,
            reach=desk.reach,
            database=desk.database,
            ledger=desk.ledger,
            clock=desk.clock,
        )
    except (keeping.ChangedMeanwhile, keeping.LastKeeper, MalformedMember, Forbidden) as error:
        form.add_error(None, worded(error))
        return False
    return True


def _password_page(request: Request, officer: str, *, drop_factors: bool = False) -> HttpResponse:
    desk = request.desk
    given = keeping.give_password(
        officer, drop_factors=drop_factors,
        reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock,
    )  # fmt: skip
    return render(request, "members/password.html", {"officer": officer, "password": given, "dropped": drop_factors})


def _form_page(request: Request, form: forms.Form, title: str, note: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "note": note}
    return render(request, "members/form.html", context, status=422 if form.is_bound else 200)


def _named(names: Any, values: Any) -> list[Any]:
    return [label for value, label in names.items() if value in values]


def _purposes(values: Any) -> list[Any]:
    return [_("each purpose")] if set(values) == set(PURPOSES) else _named(PURPOSES, values)
