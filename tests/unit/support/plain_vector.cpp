// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <partita/support/plain_vector.hpp>
#include <partita/support/static_vector.hpp>

#include "support/check_both.hpp"

namespace {

using partita::list_view;
using partita::plain_vector;
using partita::static_vector;

constexpr int digits[] = {3, 1, 4, 1, 5};

constexpr bool holds(const plain_vector<int>& list, list_view<int> wanted) { return list == plain_vector<int>(wanted); }

constexpr plain_vector<int> counted(int count) {
  plain_vector<int> list;
  for (int i = 0; i < count; ++i) list.push_back(i);
  return list;
}

}  // namespace

TEST_CASE("a plain_vector grows at its end") {
  PARTITA_CHECK_BOTH(counted(0).empty());
  PARTITA_CHECK_BOTH(counted(1000).size() == 1000);
  PARTITA_CHECK_BOTH(counted(1000)[517] == 517);
  PARTITA_CHECK_BOTH(counted(1000).back() == 999);
  PARTITA_CHECK_BOTH([] {
    plain_vector<int> list(2, 7);
    list.append(digits);
    list.pop_back();
    return holds(list, static_vector<int, 8>{7, 7, 3, 1, 4, 1});
  }());
}

TEST_CASE("what is added to a plain_vector may come from it") {
  PARTITA_CHECK_BOTH([] {
    plain_vector<int> list{list_view<int>(digits)};
    for (int i = 0; i < 20; ++i) list.append(list_view<int>(list).first(2));
    for (int i = 0; i < 20; ++i) list.push_back(list[2]);
    return list.size() == 65 && list[5] == 3 && list[44] == 1 && list[64] == 4;
  }());
  plain_vector<std::string> words;
  words.push_back("a text that is too long to lie within the string");
  for (int i = 0; i < 10; ++i) words.push_back(words[0]);
  for (const std::string& word : words) CHECK(word == words.back());
  words.resize(100, words[0]);
  CHECK(words[99] == words[0]);
  CHECK(!words[0].empty());
}

TEST_CASE("resize and assign of a plain_vector") {
  PARTITA_CHECK_BOTH([] {
    plain_vector<int> list{list_view<int>(digits)};
    list.resize(2);
    list.resize(4);  // what was there before is not there again
    return holds(list, static_vector<int, 8>{3, 1, 0, 0});
  }());
  PARTITA_CHECK_BOTH([] {
    plain_vector<int> list{list_view<int>(digits)};
    list.assign(3, 9);
    return holds(list, static_vector<int, 8>{9, 9, 9});
  }());
}

TEST_CASE("copies of a plain_vector are lists of their own") {
  PARTITA_CHECK_BOTH([] {
    plain_vector<int> list{list_view<int>(digits)};
    plain_vector<int> copy = list, assigned(1, 2);
    assigned = list;
    list[0] = 8;
    return copy[0] == 3 && assigned[0] == 3 && copy == assigned && !(copy == list);
  }());
  PARTITA_CHECK_BOTH([] {
    plain_vector<int> list{list_view<int>(digits)};
    const plain_vector<int> moved = std::move(list);
    return holds(moved, digits);
  }());
  PARTITA_CHECK_BOTH([] {
    plain_vector<plain_vector<int>> lists(3, plain_vector<int>(2, 1));
    for (int i = 0; i < 10; ++i) lists.push_back(lists[0]);
    lists[1].push_back(4);
    return lists.size() == 13 && lists[12].size() == 2 && lists[1].size() == 3;
  }());
}
