// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <partita/exchange/sdy_text.hpp>

namespace {

using namespace partita;

}  // namespace

TEST_CASE("a mesh has axes with sizes, and the device of each place where it says so") {
  const sdy::mesh m = sdy::parse_mesh(R"(@m = <["x"=2, "y"=4]>)");
  CHECK(m.name == "m");
  CHECK(m.axes == std::vector<sdy::axis>{{"x", 2}, {"y", 4}});
  CHECK(m.device_ids.empty());
  CHECK(sdy::parse_mesh(R"(@m = <["x"=2], device_ids=[1, 0]>)").device_ids == std::vector<std::int64_t>{1, 0});
  CHECK(sdy::parse_mesh("@m = <[], device_ids=[3]>").is_single_device());
  CHECK_FALSE(sdy::parse_mesh("@m = <[]>").is_single_device());
}

TEST_CASE("a sharding names for each dim axes and parts of axes, major first") {
  const sdy::sharding s =
      sdy::parse_sharding(R"(#sdy.sharding<@m, [{"x", "y":(2)4, ?}, {}p1, {?}], replicated={"z"}, unreduced={"w"}>)");
  CHECK(s.mesh_name == "m");
  REQUIRE(s.dims.size() == 3);
  REQUIRE(s.dims[0].size() == 2);
  CHECK(s.dims[0][0].name == "x");
  CHECK(s.dims[0][0].size == 0);
  CHECK(s.dims[0][1].name == "y");
  CHECK(s.dims[0][1].before == 2);
  CHECK(s.dims[0][1].size == 4);
  CHECK(s.dims[1].empty());
  CHECK(s.dims[2].empty());
  REQUIRE(s.unreduced.size() == 1);
  CHECK(s.unreduced[0].name == "w");
  CHECK(s.combines == monoid::add);
}

TEST_CASE("parts that are still to be combined may combine by minimum or maximum") {
  CHECK(sdy::parse_sharding(R"(<@m, [{}], unreduced=max{"x"}>)").combines == monoid::maximum);
  CHECK(sdy::parse_sharding(R"(<@m, [{}], unreduced=min{"x"}>)").combines == monoid::minimum);
  CHECK_THROWS_AS(static_cast<void>(sdy::parse_sharding(R"(<@m, [{}], unreduced=mean{"x"}>)")), parse_error);
}

TEST_CASE("a sharding may hold its mesh") {
  const sdy::sharding s = sdy::parse_sharding(R"(<mesh<["x"=2]>, [{"x"}]>)");
  CHECK(s.mesh_name.empty());
  CHECK(s.inlined.axes == std::vector<sdy::axis>{{"x", 2}});
}

TEST_CASE("shardings and axes come as lists") {
  CHECK(sdy::parse_shardings(R"([<@m, []>, #sdy.sharding<@m, [{}]>])").size() == 2);
  CHECK(sdy::parse_shardings(R"(#sdy.sharding_per_value<[<@m, [{"x"}]>]>)").size() == 1);
  CHECK(sdy::parse_axes(R"({"x", "y":(1)2})", "axes").size() == 2);
  const auto axes = sdy::parse_axes(R"([{"y"}, {}, {"x"}])", "axes");
  REQUIRE(axes.size() == 2);
  CHECK(axes[0].name == "y");
}

TEST_CASE("text of another form is refused at its place") {
  CHECK_THROWS_WITH_AS(static_cast<void>(sdy::parse_sharding(R"(<@m, [{"x"}])", "here")),
                       doctest::Contains("here:1:13: expected '>' but the text ends here"), parse_error);
  for (const std::string_view text : {"", "<", "<@m>", "<@m, [{x}]>", R"(<@m, [{"x":(0)2}]>)", R"(<@m, [{"x":(2)1}]>)",
                                      R"(<@m, [{"x"}]> more)", R"(<@m, [{"x":(99999999999999999999)2}]>)"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(static_cast<void>(sdy::parse_sharding(text)), parse_error);
  }
  CHECK_THROWS_AS(static_cast<void>(sdy::parse_mesh("m = <[]>")), parse_error);
  CHECK_THROWS_AS(static_cast<void>(sdy::parse_mesh(R"(@m = <["x"]>)")), parse_error);
}
