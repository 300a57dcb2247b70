// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <partita/stablehlo/location.hpp>

namespace {

using namespace partita::stablehlo;

TEST_CASE("argument paths have slashes whichever way Python spelled them") {
  CHECK(argument_path("params['blocks'][0]['qkv_einsum']['w']") == "params/blocks/0/qkv_einsum/w");
  CHECK(argument_path("state.params[0].w") == "state/params/0/w");
  CHECK(argument_path("params[\"w\"]") == "params/w");
  CHECK(argument_path("['a'][1]") == "a/1");
  CHECK(argument_path("x") == "x");
  CHECK(argument_path("p0.1") == "p0.1");  // a number after a dot is no attribute
  CHECK(argument_path("params['a.b']['c/d']") == "params/a.b/c/d");
  CHECK(argument_path("broken['x") == "broken['x");
  CHECK(argument_path("") == "");
}

TEST_CASE("result paths stand below result") {
  CHECK(result_path("[0]['blocks'][1]['w']") == "result/0/blocks/1/w");
  CHECK(result_path("result[0]['l1']['b']") == "result/0/l1/b");
  CHECK(result_path("result") == "result");
  CHECK(result_path("") == "result");
  CHECK(result_path(".loss") == "result/loss");
  CHECK(result_path("results") == "result/results");
  CHECK(result_path("/y") == "y");
}

TEST_CASE("the location that is written for a name reads back as the name") {
  for (const std::string_view name :
       {"params/blocks/0/w", "x", "p0.1", "params/a.b/c", "a.b", "a.b//c", "with \"quotes\""}) {
    const std::string location = detail::argument_location(name);
    CHECK(argument_path(detail::unescape(std::string_view(location).substr(1, location.size() - 2))) == name);
  }
}

std::string name_in(std::string_view text, detail::alias_table& aliases) {
  const detail::source s{text, "t", text.data()};
  detail::cursor c(s, text);
  return std::string(detail::location_name(c, aliases, 0));
}

TEST_CASE("a location's name is that of its callee or first named part") {
  detail::alias_table aliases;
  const detail::source s{"", "t", nullptr};
  const detail::cursor c(s, "");
  aliases.add(c, "loc1", "loc(\"jit(f)/mul\"(#loc2))");
  aliases.add(c, "loc3", "loc(callsite(#loc1 at \"main\"))");
  CHECK(name_in("\"a/b\"", aliases) == "a/b");
  CHECK(name_in("\"file.py\":12:3", aliases) == "");
  CHECK(name_in("\"file.py\":12:3 to :9", aliases) == "");
  CHECK(name_in("unknown", aliases) == "");
  CHECK(name_in("#loc3", aliases) == "jit(f)/mul");
  CHECK(name_in("callsite(\"inner\" at \"outer\")", aliases) == "inner");
  CHECK(name_in("fused[\"f.py\":1:1, \"first\", \"second\"]", aliases) == "first");
  CHECK(name_in("fused<\"meta\">[\"x\"]", aliases) == "x");
}

}  // namespace
