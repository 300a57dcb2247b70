// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <doctest/doctest.h>

#include <partita/mesh.hpp>

#include "support/check_both.hpp"

using namespace partita;

TEST_CASE("a mesh is read in order") {
  PARTITA_CHECK_BOTH(parse_mesh("batch=8,model=4").devices() == 32);
  PARTITA_CHECK_BOTH(parse_mesh("batch=8,model=4").size(0) == 8);
  PARTITA_CHECK_BOTH(parse_mesh(" batch = 8 ,\n model=4 ") == parse_mesh("batch=8,model=4"));
  PARTITA_CHECK_BOTH(parse_mesh("x=1").devices() == 1);
}

TEST_CASE("text of a mesh is read back") { CHECK(to_string(parse_mesh("a=2, b=1, c=16")) == "a=2,b=1,c=16"); }

TEST_CASE("a mistake is shown where it is") {
  const auto refused = [](const char* text, const char* message) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS((void)parse_mesh(text), doctest::Contains(message), schedule_error);
  };
  refused("", "mesh:1:1: expected an axis");
  refused("batch", "mesh:1:6: expected '='");
  refused("batch=", "mesh:1:7: expected the axis's size");
  refused("batch=x", "mesh:1:7: expected the axis's size");
  refused("batch=-2", "mesh:1:7: expected the axis's size");
  refused("batch=0", "mesh:1:7: an axis has a size of 1 or more");
  refused("batch=4,", "mesh:1:9: expected an axis");
  refused("batch=4;model=2", "mesh:1:8: expected ','");
  refused("batch=4.5", "mesh:1:8: expected ','");
  refused("batch=4,batch=2", "mesh:1:9: this axis stands here for the second time");
  refused("batch=99999999999999999999999999", "mesh:1:7: the mesh has more than 2147483647 devices");
  refused("a=65536,b=65536", "mesh:1:11: the mesh has more than 2147483647 devices");
  refused("a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1", "mesh:1:33: a mesh has at most 8 axes");
  refused("a_name_of_more_than_31_characters=1", "at most 31 characters");
}

TEST_CASE("the caret stands below the mistake, in long lines too") {
  try {
    (void)parse_mesh("batch=4,model=0");
    FAIL("accepted");
  } catch (const schedule_error& e) {
    CHECK(std::string(e.what()) ==
          "mesh:1:15: an axis has a size of 1 or more\n"
          "  batch=4,model=0\n"
          "                ^");
  }
  try {
    (void)parse_mesh(std::string(1000, ' ') + "a=0" + std::string(1000, ' '));
    FAIL("accepted");
  } catch (const schedule_error& e) {
    const std::string message = e.what();
    CHECK(message.find("mesh:1:1003:") == 0);
    CHECK(message.size() < 300);
    const std::string shown = message.substr(message.find('\n') + 1);
    const std::size_t caret = shown.find('^') - shown.find('\n') - 1;
    CHECK(shown[caret] == '0');
  }
}
