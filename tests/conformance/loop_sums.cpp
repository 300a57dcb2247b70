// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Loops that add partial results to what they carry: what is added, where the sum starts, how often the loop runs and
// who uses the sum, one by one and together. Each program is executed on the devices of its mesh and compared with the
// original; how many reductions it takes is counted by hand.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/verify.hpp>
#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/kernels.hpp"

namespace {

using namespace partita;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// A sum of 4 by 4 elements. Each trip has %p and %q, products that contract 8 rows and 16 rows; the text says what the
// next sum is. M stands for the type of the sum, E for its element, LIMIT for the number of trips.
struct loop_text {
  std::string element = "f32";
  std::string start = "%start = stablehlo.constant dense<0.0> : M";
  std::string limit = "%limit = stablehlo.constant dense<3> : tensor<i32>";
  std::string condition = "%c = stablehlo.compare LT, %i, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>";
  std::string body = "%next = stablehlo.add %acc, %p : M";
  std::string after = "";
  std::string result = "%r#1";

  graph read() const {
    std::string text = R"(func.func public @main(%x: tensor<8x4xE>, %y: tensor<16x4xE>, %m: M, %n: tensor<i32>) -> M {
      %zero = stablehlo.constant dense<0> : tensor<i32>
      START
      LIMIT
      %r:3 = stablehlo.while(%i = %zero, %acc = %start, %other = %m) : tensor<i32>, M, M
      cond {
        CONDITION
        stablehlo.return %c : tensor<i1>
      } do {
        %one = stablehlo.constant dense<1> : tensor<i32>
        %j = stablehlo.add %i, %one : tensor<i32>
        %p = stablehlo.dot_general %x, %x, contracting_dims = [0] x [0] : (tensor<8x4xE>, tensor<8x4xE>) -> M
        %q = stablehlo.dot_general %y, %y, contracting_dims = [0] x [0] : (tensor<16x4xE>, tensor<16x4xE>) -> M
        BODY
        stablehlo.return %j, %next, OTHER : tensor<i32>, M, M
      }
      AFTER
      return RESULT : M
    })";
    replace_all(text, "START", start);
    replace_all(text, "LIMIT", limit);
    replace_all(text, "CONDITION", condition);
    replace_all(text, "BODY", body);
    replace_all(text, "OTHER", body.find("%second =") == std::string::npos ? "%other" : "%second");
    replace_all(text, "AFTER", after);
    replace_all(text, "RESULT", result);
    replace_all(text, "tensor<8x4xE>", "tensor<8x4x" + element + ">");
    replace_all(text, "tensor<16x4xE>", "tensor<16x4x" + element + ">");
    replace_all(text, "4x4xE>", "4x4x" + element + ">");
    replace_all(text, "tensor<E>", "tensor<" + element + ">");
    replace_all(text, "tensor<16xE>", "tensor<16x" + element + ">");
    replace_all(text, " M", " tensor<4x4x" + element + ">");
    replace_all(text, "(M", "(tensor<4x4x" + element + ">");
    return stablehlo::read(text).entry();
  }
};

constexpr std::string_view rows = "shard<\"a\">(\"arg0\", 0) * shard<\"a\">(\"arg1\", 0)";

/// Executes the program under a schedule, compares it with the original, and counts.
collective_counts executed(const loop_text& text, std::string_view mesh_text = "a=2",
                           std::string_view schedule = rows) {
  const graph g = text.read();
  const device_mesh mesh = parse_mesh(mesh_text);
  std::vector<std::int64_t> sizes;
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) sizes.push_back(mesh.size(static_cast<axis_index>(a)));
  return with_schedule(g, mesh, parse_schedule(schedule, "test"), [&](const auto& p) {
    const auto local = p.lower();
    const auto report = interpret::verify(g, local, sizes);
    CHECK_MESSAGE(report.agrees, report.mismatch);
    return count_collectives(local);
  });
}

constexpr std::string_view other_start[] = {
    "%start = stablehlo.constant dense<-0.0> : M", "%start = stablehlo.constant dense<1.5> : M",
    "%start = stablehlo.constant dense<[[1., 2., 3., 4.], [0., 0., 0., 0.], [5., 6., 7., 8.], [0., 0., 0., 1.]]> : M",
    "%start = stablehlo.negate %m : M"};

}  // namespace

TEST_CASE("what a loop only adds up is summed once after it") {
  for (const std::string_view body :
       {"%next = stablehlo.add %acc, %p : M", "%next = stablehlo.add %p, %acc : M",
        "%s = stablehlo.add %acc, %p : M\n%next = stablehlo.add %s, %q : M",
        "%s = stablehlo.add %p, %q : M\n%next = stablehlo.add %acc, %s : M",
        "%s = stablehlo.add %acc, %acc : M\n%next = stablehlo.add %s, %p : M",
        // On the way of a part: what sums of partial results pass.
        "%t = stablehlo.transpose %p, dims = [1, 0] : (M) -> M\n%s = stablehlo.negate %t : M\n"
        "%next = stablehlo.add %acc, %s : M",
        "%i4 = stablehlo.constant dense<0.0> : tensor<E>\n"
        "%t = stablehlo.reshape %p : (M) -> tensor<1x4x4xE>\n"
        "%s = stablehlo.reduce(%t init: %i4) applies stablehlo.add across dimensions = [0] : (tensor<1x4x4xE>, "
        "tensor<E>) -> M\n"
        "%next = stablehlo.add %acc, %s : M",
        // On the way of the sum.
        "%t = stablehlo.transpose %acc, dims = [1, 0] : (M) -> M\n%s = stablehlo.add %t, %p : M\n"
        "%u = stablehlo.reshape %s : (M) -> tensor<16xE>\n%next = stablehlo.reshape %u : (tensor<16xE>) -> M",
        // Two sums.
        "%next = stablehlo.add %acc, %p : M\n%second = stablehlo.add %other, %q : M"}) {
    CAPTURE(body);
    loop_text text;
    text.body = body;
    CHECK(executed(text) == all_reduce * 1);
    CHECK(executed(text, "a=8") == all_reduce * 1);
    for (const std::string_view start : other_start) {
      CAPTURE(start);
      text.start = start;
      CHECK(executed(text, "a=4") == all_reduce * 1);
    }
  }
}

TEST_CASE("what a loop does not only add up is summed in every trip") {
  const auto trips = [](std::string_view body, std::int64_t sums) {
    CAPTURE(body);
    loop_text text;
    text.body = body;
    CHECK(executed(text) == all_reduce * (3 * sums));
    text.start = other_start[3];
    CHECK(executed(text, "a=4") == all_reduce * (3 * sums));
  };
  // Used otherwise as well.
  trips("%next = stablehlo.add %acc, %p : M\n%second = stablehlo.tanh %acc : M", 1);
  trips("%next = stablehlo.add %acc, %p : M\n%second = stablehlo.tanh %next : M", 1);
  // Not added to, or not only.
  trips("%next = stablehlo.maximum %acc, %p : M", 1);
  trips("%s = stablehlo.tanh %acc : M\n%next = stablehlo.add %s, %p : M", 1);
  trips("%s = stablehlo.multiply %acc, %m : M\n%next = stablehlo.add %s, %p : M", 1);
  trips("%s = stablehlo.add %acc, %p : M\n%next = stablehlo.tanh %s : M", 1);
  // Something that is no partial sum is added too.
  trips("%s = stablehlo.add %acc, %p : M\n%next = stablehlo.add %s, %m : M", 1);
  trips("%s = stablehlo.tanh %p : M\n%next = stablehlo.add %acc, %s : M", 1);
  // Each becomes the other.
  trips("%second = stablehlo.add %acc, %p : M\n%next = stablehlo.add %other, %q : M", 2);
  // Nothing is added at all.
  loop_text none;
  none.body = "%next = stablehlo.add %acc, %acc : M\n%second = stablehlo.tanh %p : M";
  CHECK(executed(none) == all_reduce * 3);
}

TEST_CASE("a loop whose condition looks at the sum has it in every trip") {
  loop_text text;
  text.condition =
      "%k = stablehlo.slice %acc [0:1, 0:1] : (M) -> tensor<1x1xf32>\n"
      "%l = stablehlo.reshape %k : (tensor<1x1xf32>) -> tensor<f32>\n"
      "%high = stablehlo.constant dense<100.0> : tensor<f32>\n"
      "%c0 = stablehlo.compare LT, %l, %high : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
      "%c1 = stablehlo.compare LT, %i, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
      "%c = stablehlo.and %c0, %c1 : tensor<i1>";
  // How often it runs is not known: what a trip sums counts once, as a sum after the loop would.
  const graph g = text.read();
  with_schedule(g, parse_mesh("a=2"), parse_schedule(rows, "test"), [&](const auto& p) {
    const auto local = p.lower();
    REQUIRE(local.collectives.size() == 1);
    CHECK(g.template is<op::dot_general>(local.collectives[0].why.op));
    return 0;
  });
  CHECK(executed(text) == all_reduce * 1);
}

TEST_CASE("a sum counts where it starts once, however often the loop runs") {
  for (const std::string_view limit :
       {"%limit = stablehlo.constant dense<0> : tensor<i32>", "%limit = stablehlo.constant dense<1> : tensor<i32>",
        "%limit = stablehlo.constant dense<5> : tensor<i32>",
        "%five = stablehlo.constant dense<5> : tensor<i32>\n%limit = stablehlo.minimum %n, %five : tensor<i32>"}) {
    CAPTURE(limit);
    loop_text text;
    text.limit = limit;
    CHECK(executed(text) == all_reduce * 1);
    for (const std::string_view start : other_start) {
      CAPTURE(start);
      text.start = start;
      CHECK(executed(text) == all_reduce * 1);
      CHECK(executed(text, "a=2,b=4", "shard<\"a\">(\"arg0\", 0) >> shard<\"b\">(\"arg2\", 0)").all_reduce <= 1);
    }
  }
}

TEST_CASE("zeros keep their signs") {
  // One over a sum that nothing is added to, or nothing but zeros: infinite, with the sign of the zero.
  for (const std::string_view zero : {"0.0", "-0.0"}) {
    for (const std::string_view limit : {"0", "2"}) {
      CAPTURE(zero);
      CAPTURE(limit);
      const std::string value(zero);
      loop_text text;
      text.limit = "%limit = stablehlo.constant dense<" + std::string(limit) + "> : tensor<i32>";
      text.body =
          "%none = stablehlo.constant dense<0.0> : tensor<8x4xE>\n%s = stablehlo.multiply %x, %none : tensor<8x4xE>\n"
          "%t = stablehlo.dot_general %s, %x, contracting_dims = [0] x [0] : (tensor<8x4xE>, tensor<8x4xE>) -> M\n"
          "%next = stablehlo.add %acc, %t : M";
      text.after = "%ones = stablehlo.constant dense<1.0> : M\n%u = stablehlo.divide %ones, %r#1 : M";
      text.result = "%u";
      text.start = "%start = stablehlo.constant dense<" + value + "> : M";
      CHECK(executed(text) == all_reduce * 1);
      // The same zero, which is not known to be one.
      text.start = "%v = stablehlo.constant dense<" + value +
                   "> : M\n%w = stablehlo.multiply %m, %m : M\n"
                   "%start = stablehlo.multiply %v, %w : M";
      CHECK(executed(text) == all_reduce * 1);
    }
  }
}

TEST_CASE("numbers of every kind add up") {
  for (const std::string_view element : {"f64", "bf16", "f16", "i32", "i8", "ui16", "complex<f32>"}) {
    CAPTURE(element);
    loop_text text;
    text.element = element;
    const bool whole_numbers = element[0] == 'i' || element[0] == 'u';
    const std::string zero = whole_numbers ? "0" : element[0] == 'c' ? "(0.0, 0.0)" : "0.0";
    text.start = "%start = stablehlo.constant dense<" + zero + "> : M";
    CHECK(executed(text) == all_reduce * 1);
    text.start = "%start = stablehlo.add %m, %m : M";
    CHECK(executed(text, "a=4") == all_reduce * 1);
  }
}

TEST_CASE("a sum is combined as its users want it") {
  loop_text text;
  // Twice.
  text.after = "%t = stablehlo.tanh %r#1 : M\n%u = stablehlo.add %t, %r#1 : M";
  text.result = "%u";
  CHECK(executed(text) == all_reduce * 1);
  // By nobody.
  text.after = "";
  text.result = "%r#2";
  CHECK(executed(text) == no_collectives);
  // In slices: argument 2 is split as a sum of gradients meets state that is.
  text.after = "%u = stablehlo.add %m, %r#1 : M";
  text.result = "%u";
  const std::string sliced = std::string(rows) + " >> shard<\"a\">(\"arg2\", 0)";
  CHECK(executed(text, "a=4", sliced) == reduce_scatter * 1 + all_gather * 0);
  // As a part of a further sum.
  text.after =
      "%o = stablehlo.dot_general %y, %y, contracting_dims = [0] x [0] : (tensor<16x4xE>, tensor<16x4xE>) -> M\n"
      "%u = stablehlo.add %o, %r#1 : M";
  CHECK(executed(text) == all_reduce * 1);
  // As the start of another loop's.
  text.after =
      "%z2 = stablehlo.constant dense<0> : tensor<i32>\n"
      "%r2:2 = stablehlo.while(%i2 = %z2, %acc2 = %r#1) : tensor<i32>, M\ncond {\n"
      "%c2 = stablehlo.compare LT, %i2, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
      "stablehlo.return %c2 : tensor<i1>\n} do {\n%one2 = stablehlo.constant dense<1> : tensor<i32>\n"
      "%j2 = stablehlo.add %i2, %one2 : tensor<i32>\n"
      "%p2 = stablehlo.dot_general %y, %y, contracting_dims = [0] x [0] : (tensor<16x4xE>, tensor<16x4xE>) -> M\n"
      "%n2 = stablehlo.add %p2, %acc2 : M\nstablehlo.return %j2, %n2 : tensor<i32>, M\n}";
  text.result = "%r2#1";
  CHECK(executed(text) == all_reduce * 1);
}

TEST_CASE("a sum may start as a partial sum") {
  loop_text text;
  const std::string product =
      " = stablehlo.dot_general %x, %x, contracting_dims = [0] x [0] : (tensor<8x4xE>, tensor<8x4xE>) -> M";
  text.start = "%start" + product;
  CHECK(executed(text) == all_reduce * 1);
  // Used elsewhere it is summed where it is made, and the loop starts from the sum on one device.
  text.after = "%u = stablehlo.multiply %start, %r#1 : M";
  text.result = "%u";
  CHECK(executed(text) == all_reduce * 2);
}

TEST_CASE("a sum does not start as a partial value of another kind") {
  for (const std::string_view reduction : {"0xFF800000 maximum", "1.0 multiply"}) {
    CAPTURE(reduction);
    const std::size_t space = reduction.find(' ');
    loop_text text;
    text.start = "%t = stablehlo.reshape %y : (tensor<16x4xE>) -> tensor<4x4x4xE>\n%i0 = stablehlo.constant dense<" +
                 std::string(reduction.substr(0, space)) +
                 "> : tensor<E>\n%start = stablehlo.reduce(%t init: %i0) applies stablehlo." +
                 std::string(reduction.substr(space + 1)) +
                 " across dimensions = [0] : (tensor<4x4x4xE>, tensor<E>) -> M";
    CHECK(executed(text) == all_reduce * 2);
    CHECK(executed(text, "a=4") == all_reduce * 2);
  }
}

TEST_CASE("a loop inside a loop adds to the same sum") {
  const std::string inner =
      "%z2 = stablehlo.constant dense<0> : tensor<i32>\n%start2 = stablehlo.constant dense<0.0> : M\n"
      "%r2:2 = stablehlo.while(%i2 = %z2, %acc2 = FROM) : tensor<i32>, M\ncond {\n"
      "%two = stablehlo.constant dense<2> : tensor<i32>\n"
      "%c2 = stablehlo.compare LT, %i2, %two : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
      "stablehlo.return %c2 : tensor<i1>\n} do {\n%one2 = stablehlo.constant dense<1> : tensor<i32>\n"
      "%j2 = stablehlo.add %i2, %one2 : tensor<i32>\n%n2 = stablehlo.add %acc2, %p : M\n"
      "stablehlo.return %j2, %n2 : tensor<i32>, M\n}\n";
  const auto body = [&](std::string_view from, std::string_view next) {
    loop_text text;
    text.body = inner + std::string(next);
    replace_all(text.body, "FROM", from);
    return text;
  };
  // The parts that the inner loop adds come from outside of it, where they have one user.
  for (loop_text text :
       {body("%acc", "%next = stablehlo.negate %r2#1 : M"), body("%start2", "%next = stablehlo.add %acc, %r2#1 : M"),
        body("%q", "%next = stablehlo.add %acc, %r2#1 : M")}) {
    CAPTURE(text.body);
    CHECK(executed(text) == all_reduce * 1);
    for (const std::string_view start : other_start) {
      text.start = start;
      CHECK(executed(text, "a=4") == all_reduce * 1);
    }
  }
  // The outer loop uses it otherwise: once for each of its trips.
  CHECK(executed(body("%acc", "%next = stablehlo.tanh %r2#1 : M")) == all_reduce * 3);
  CHECK(executed(body("%start2", "%next = stablehlo.multiply %acc, %r2#1 : M")) == all_reduce * 3);
}

TEST_CASE("each axis has its own sums") {
  loop_text text;
  text.body = "%next = stablehlo.add %acc, %p : M\n%second = stablehlo.add %other, %q : M";
  text.after = "%u = stablehlo.multiply %r#1, %r#2 : M";
  text.result = "%u";
  const std::string_view apart = "shard<\"a\">(\"arg0\", 0) * shard<\"b\">(\"arg1\", 0)";
  CHECK(executed(text, "a=2,b=4", apart) == all_reduce * 2);
  CHECK(executed(text, "a=2,b=4", "shard<\"a\">(\"arg0\", 0) >> shard<\"b\">(\"arg1\", 0)") == all_reduce * 2);
  // Both axes split the rows: one reduction over both, and where the sum starts counts once on eight devices.
  const std::string_view both = "shard<\"a\">(\"arg0\", 0) * shard<\"b\">(\"arg0\", 0)";
  for (const std::string_view start : other_start) {
    CAPTURE(start);
    loop_text single;
    single.start = start;
    CHECK(executed(single, "a=2,b=4", both) == all_reduce * 1);
  }
  // Parts over different axes in one sum: neither is partial over the axis of the other.
  text = {};
  text.body = "%s = stablehlo.add %acc, %p : M\n%next = stablehlo.add %s, %q : M";
  text.start = other_start[3];
  CHECK(executed(text, "a=2,b=4", apart) == all_reduce * 6);
  // The sum is split over one axis and partial over the other.
  text = {};
  text.body =
      "%t = stablehlo.dot_general %y, %m, contracting_dims = [1] x [1] : (tensor<16x4xE>, M) -> tensor<16x4xE>\n"
      "%next = stablehlo.add %acc, %p : M";
  text.start = "%start = stablehlo.add %m, %m : M";
  CHECK(executed(text, "a=2,b=2", "shard<\"a\">(\"arg0\", 0) >> shard<\"b\">(\"arg2\", 0)").all_reduce == 1);
}
