"""`woocp sync customers --plan`: who, what, before and after, for people and programs."""


def test_a_plan_shows_each_customer_before_and_after(home, woocp):
    ran = woocp("sync", "customers", "--plan", "--sandbox")
    assert ran.code == 1
    for words in ("create customer", "link by e-mail", "not in Counterpoint", "CUST_NO: (new 1)"):
        assert words in ran.out
    assert "refused ambiguous customer: 1" in ran.out


def test_the_same_plan_for_programs_names_every_column(home, woocp):
    answer = woocp("sync", "customers", "--plan", "--sandbox", "--json").json()
    created = [each for each in answer["changes"] if each["what"] == "create customer"]
    assert len(created) == 7
    assert all("EMAIL_ADRS_1: " in each["after"] for each in created)
    assert "CUST_TYP C" in answer["facts"]["every_web_customer_has"]
    done = woocp("sync", "customers", "--sandbox", "--json").json()
    assert done["written"] == answer["written"]
