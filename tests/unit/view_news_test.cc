// What is said about views that are left, awaited and begun.
#include "replica/view_news.h"

#include <doctest/doctest.h>

using namespace quorate;

TEST_CASE("a view that is left and the one that begins have a line each, and only one") {
  ViewNews news(Quorums(4));
  CoreStatus status;
  CHECK(news.look(status).empty());
  status.view = View(4);
  status.active = false;
  status.left = LeftView{View(3), Grievance::connection_broken};
  REQUIRE(news.look(status).size() == 1);
  CHECK(news.look(status).empty());
  status.active = true;
  CHECK(news.look(status) == std::vector<std::string>{"view 4 begins, replica 0 leads it"});
  status.view = View(6);
  status.primary = ReplicaId(2);
  status.left = LeftView{View(5), Grievance::no_new_view};
  const auto lines = news.look(status);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "left view 5, which replica 1 led: it did not begin in time");
  status.view = View(9);  // entered by its NEW-VIEW: what was left long ago is no news
  CHECK(news.look(status).size() == 1);
}

TEST_CASE("health names the view that is awaited, why the last one was left, and what most primaries do") {
  const ViewNews news(Quorums(4));
  CoreStatus status;
  CHECK(news.troubles(status).empty());
  status.view = View(4);
  status.active = false;
  status.left = LeftView{View(3), Grievance::nothing_executed};
  REQUIRE(news.troubles(status).size() == 1);
  CHECK(news.troubles(status)[0].text ==
        "it left view 3, which replica 3 led: nothing new was executed for the timeout; it waits for view 4 of replica "
        "0");
  status.left.reset();
  CHECK(news.troubles(status)[0].text == "it was in a view change; it waits for view 4 of replica 0");
  status.active = true;
  status.common_fault = Grievance::slow;
  CHECK(news.troubles(status)[0].kind == "slow primaries");
  status.common_fault = Grievance::time_behind;
  CHECK(news.troubles(status)[0].kind == "own clock");
}
