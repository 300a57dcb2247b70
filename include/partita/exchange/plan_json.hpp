// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan as JSON. Needs nlohmann-json. The schema stands in docs/reference/plan_json.md.

#include <string>

#include <nlohmann/json.hpp>

#include <partita/plan/explain.hpp>

namespace partita {

namespace detail {

inline nlohmann::ordered_json sharding_json(const layout& l, std::size_t rank, const device_mesh& mesh) {
  auto dims = nlohmann::ordered_json::array();
  for (std::size_t d = 0; d < rank; ++d) {
    auto axes = nlohmann::ordered_json::array();
    for (const axis_index a : l.axes_of(d)) axes.push_back(std::string(mesh.name(a)));
    dims.push_back(std::move(axes));
  }
  return dims;
}

inline nlohmann::ordered_json tactic_json(const tactic_report& t, bool fits) {
  nlohmann::ordered_json j;
  j["name"] = t.name;
  for (std::size_t k = 0; k < collective_kinds; ++k) {
    j["collectives"][std::string(name_of(static_cast<collective_kind>(k)))] = {{"count", t.collectives[k].count},
                                                                              {"bytes", t.collectives[k].bytes}};
  }
  j["step_time_s"] = t.step_time_s;
  j["peak_memory_bytes"] = t.peak_memory_bytes;
  if (t.dollars > 0) j["dollars"] = t.dollars;
  j["fits"] = fits;
  j["conflicts"] = t.conflicts;
  j["not_applied"] = t.not_applied;
  j["seconds"] = t.seconds;
  return j;
}

inline nlohmann::ordered_json candidate_json(const candidate& c) {
  nlohmann::ordered_json j;
  j["step_time_s"] = c.cost.step_time_s;
  j["peak_memory_bytes"] = static_cast<std::int64_t>(c.cost.peak_memory_bytes);
  j["communicated_bytes"] = static_cast<std::int64_t>(c.cost.communicated_bytes);
  if (c.cost.dollars > 0) j["dollars"] = c.cost.dollars;
  j["schedule"] = c.schedule;
  return j;
}

/// All searches as one: evaluations are counted through.
template <class Ops>
nlohmann::ordered_json search_json(const plan<Ops>& p) {
  std::uint64_t evaluations = 0, best_at = 0;
  double seconds = 0;
  for (const search_report& s : p.searches) {
    best_at = evaluations + s.best_at;
    evaluations += s.evaluations;
    seconds += s.seconds;
  }
  nlohmann::ordered_json j;
  j["evaluations"] = evaluations;
  j["seconds"] = seconds;
  j["best_at"] = best_at;
  j["schedule"] = p.found_schedule;
  for (const search_report& s : p.searches) {
    for (const candidate& c : s.front) {
      j["front"].push_back(candidate_json(c));
      j["front"].back()["tactic"] = s.tactic;
    }
  }
  return j;
}

inline nlohmann::ordered_json boundary_json(const std::vector<boundary_value>& values, const device_mesh& mesh) {
  auto list = nlohmann::ordered_json::array();
  for (const boundary_value& v : values) {
    nlohmann::ordered_json j;
    j["name"] = v.name;
    j["shape"] = std::vector<std::int64_t>(v.type.dims.begin(), v.type.dims.end());
    j["type"] = std::string(name_of(v.type.element));
    j["sharding"] = sharding_json(v.at, v.type.rank(), mesh);
    list.push_back(std::move(j));
  }
  return list;
}

}  // namespace detail

/// The plan as JSON; keys keep the order of the schema.
template <class Ops>
[[nodiscard]] nlohmann::ordered_json to_json(const plan<Ops>& p) {
  nlohmann::ordered_json j;
  j["mesh"] = nlohmann::ordered_json::object();
  for (std::size_t a = 0; a < p.mesh.axis_count(); ++a) {
    j["mesh"][std::string(p.mesh.name(static_cast<axis_index>(a)))] = p.mesh.size(static_cast<axis_index>(a));
  }
  j["device"] = p.device_name;
  j["schedule"] = p.schedule;
  j["tactics"] = nlohmann::ordered_json::array();
  for (const tactic_report& t : p.tactics) j["tactics"].push_back(detail::tactic_json(t, p.fits(t)));
  if (!p.searches.empty()) j["search"] = detail::search_json(p);
  for (std::size_t i = 0; i < p.alternatives.size(); ++i) {
    j["alternatives"].push_back(detail::candidate_json(p.alternatives[i]));
    j["alternatives"].back()["chosen"] = i == p.alternative;
  }
  j["inputs"] = detail::boundary_json(p.inputs, p.mesh);
  j["outputs"] = detail::boundary_json(p.outputs, p.mesh);
  j["collectives"] = nlohmann::ordered_json::array();
  for (const collective_report& c : p.collectives) {
    nlohmann::ordered_json entry;
    entry["op"] = std::string(name_of(c.kind));
    entry["axes"] = nlohmann::ordered_json::array();
    for (std::size_t a = 0; a < p.mesh.axis_count(); ++a) {
      if ((c.axes >> a & 1) != 0) entry["axes"].push_back(std::string(p.mesh.name(static_cast<axis_index>(a))));
    }
    entry["count"] = c.count;
    entry["bytes"] = c.bytes;
    entry["value"] = c.value;
    entry["cause"] = c.because;
    j["collectives"].push_back(std::move(entry));
  }
  return j;
}

}  // namespace partita
