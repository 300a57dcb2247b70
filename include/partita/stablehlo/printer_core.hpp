// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes graphs as text, in the pretty forms of format.hpp where an op has one. The same graph always gives the
// same text. The code does not depend on the op set: it comes as its table and one function per op that writes
// its attributes.

#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/op_set.hpp>
#include <partita/stablehlo/attribute_print.hpp>
#include <partita/stablehlo/format.hpp>
#include <partita/stablehlo/location.hpp>
#include <partita/stablehlo/type_text.hpp>
#include <partita/support/list_view.hpp>

namespace partita::stablehlo::detail {

using attributes_printer = void (*)(const graph_base&, op_id, attribute_writer&);

class text_writer {
 public:
  text_writer(list_view<op_info> table, const attributes_printer* printers) : table_(table), printers_(printers) {
    for (const op_info& info : table)
      formats_.push_back(format_of(info.name.starts_with('@') ? "stablehlo.custom_call" : info.name));
  }

  void begin_module(std::string_view name, list_view<const graph_base*> graphs, std::int64_t partitions = 0);
  void add_function(std::string_view name, bool is_private, const graph_base& g);
  std::string end_module();

 private:
  void write_block(region_id r, std::string_view terminator);
  void write_op(op_id o);
  void write_generic(op_id o, attribute_writer& attributes);
  void write_pretty(op_id o, attribute_writer& attributes);
  bool write_form(op_id o, std::string_view form, attribute_writer& attributes);
  void write_token(std::string_view token, attribute_writer& attributes);
  void write_while(op_id o);
  void write_reduce(op_id o, attribute_writer& attributes);
  void write_manual_computation(op_id o, attribute_writer& attributes);
  void write_scan(op_id o, attribute_writer& attributes);
  [[nodiscard]] bool has_pretty_form(op_id o) const;
  [[nodiscard]] op_id applied_op(op_id o) const;

  void write_value(value_id v);
  void write_values(list_view<value_id> values);
  void write_result_names(op_id o);
  void write_types(op_id o, type_form form);
  void write_type(type_view t) { detail::write_type(out_, *g_, t); }
  void write_type_group(const auto& values, bool one_without_parentheses);
  void write_block_arguments(region_id r);
  void write_rest(op_id o, attribute_writer& attributes, bool as_property);
  void write_annotations(annotation::place where, std::size_t index, bool& any);
  std::string take_annotations(op_id o);
  void write_location(text_id scope);
  void write_indent() { out_.append(2 * depth_, ' '); }

  list_view<op_info> table_;
  const attributes_printer* printers_;
  std::vector<op_format> formats_;
  const graph_base* g_ = nullptr;
  std::size_t depth_ = 1;
  std::string out_;
  name_index scopes_;  // aliases: #locN is scope N when it is used more than once
  std::vector<std::uint32_t> scope_uses_;
  std::vector<std::uint32_t> annotation_order_;  // by place
  std::size_t next_annotation_ = 0;
};

// --- modules ----------------------------------------------------------------------------------------------

inline void text_writer::begin_module(std::string_view name, list_view<const graph_base*> graphs,
                                      std::int64_t partitions) {
  for (const graph_base* const g : graphs) {
    for (std::uint32_t o = 0; o < g->op_count(); ++o) {
      const std::string_view scope = g->scope({o});
      if (scope.empty()) continue;
      if (scopes_.add(scope)) scope_uses_.push_back(0);
      ++scope_uses_[scopes_.find(scope)];
    }
  }
  for (std::size_t i = 0; i < scopes_.size(); ++i) {
    if (scope_uses_[i] > 1) out_ += "#loc" + std::to_string(i) + " = loc(" + detail::quoted(scopes_[i]) + ")\n";
  }
  out_ += "module ";
  if (!name.empty()) {
    write_symbol(out_, name);
    out_ += ' ';
  }
  if (partitions != 0) {
    out_ += "attributes {mhlo.num_partitions = " + std::to_string(partitions) + " : i32, mhlo.num_replicas = 1 : i32} ";
  }
  out_ += "{\n";
  if (graphs.empty()) return;
  for (const annotation& a : graphs[0]->annotations()) {
    if (a.where != annotation::place::program) continue;
    out_ += "  " + std::string(graphs[0]->text(a.key)) + " " + std::string(graphs[0]->text(a.value)) + "\n";
  }
}

inline std::string text_writer::end_module() {
  out_ += "}\n";
  return std::move(out_);
}

inline void text_writer::write_location(text_id scope) {
  const std::string_view text = g_->text(scope);
  if (text.empty()) return;
  const std::size_t i = scopes_.find(text);
  if (i != scopes_.size() && scope_uses_[i] > 1) {
    out_ += " loc(#loc" + std::to_string(i) + ")";
  } else {
    out_ += " loc(" + detail::quoted(text) + ")";
  }
}

inline void text_writer::add_function(std::string_view name, bool is_private, const graph_base& g) {
  g_ = &g;
  annotation_order_.clear();
  next_annotation_ = 0;
  for (std::uint32_t i = 0; i < g.annotations().size(); ++i) annotation_order_.push_back(i);
  std::stable_sort(annotation_order_.begin(), annotation_order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const annotation &x = g.annotations()[a], &y = g.annotations()[b];
    return x.where != y.where ? x.where < y.where : x.index < y.index;
  });
  out_ += is_private ? "  func.func private " : "  func.func public ";
  write_symbol(out_, name);
  out_ += '(';
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    if (i != 0) out_ += ", ";
    out_ += "%arg" + std::to_string(i) + ": ";
    write_type(g.type(g.arguments()[i]));
    bool any = false;
    write_annotations(annotation::place::argument, i, any);
    if (any) out_ += '}';
    if (const std::string_view n = g.argument_name(i); !is_default_name(n, "arg", i))
      out_ += " loc(" + argument_location(n) + ")";
  }
  out_ += ") -> (";
  for (std::size_t i = 0; i < g.results().size(); ++i) {
    if (i != 0) out_ += ", ";
    write_type(g.type(g.results()[i]));
    const std::string_view n = g.result_name(i);
    bool any = !is_default_name(n, "result/", i);
    if (any)
      out_ += " {jax.result_info = " + detail::quoted(result_path(n) == n ? std::string(n) : "/" + std::string(n));
    write_annotations(annotation::place::result, i, any);
    if (any) out_ += '}';
  }
  out_ += ") {\n";
  depth_ = 2;
  write_block(g.body(), "return");
  out_ += "  }\n";
}

// --- values and types ---------------------------------------------------------------------------------------

inline void text_writer::write_value(value_id v) {
  out_ += '%';
  if (const op_id o = g_->definition(v)) {
    write_integer(out_, o.index);
    if (g_->results(o).size() != 1) {
      out_ += '#';
      write_integer(out_, static_cast<std::int64_t>(g_->position(v)));
    }
    return;
  }
  const region_id r = g_->argument_of(v);
  out_ += "arg";
  if (const op_id owner = g_->owner(r)) {
    write_integer(out_, owner.index);
    out_ += '_';
  }
  write_integer(out_, static_cast<std::int64_t>(g_->position(v)));
}

inline void text_writer::write_values(list_view<value_id> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out_ += ", ";
    write_value(values[i]);
  }
}

inline void text_writer::write_result_names(op_id o) {
  const std::size_t count = g_->results(o).size();
  if (count == 0) return;
  out_ += '%';
  write_integer(out_, o.index);
  if (count != 1) {
    out_ += ':';
    write_integer(out_, static_cast<std::int64_t>(count));
  }
  out_ += " = ";
}

inline void text_writer::write_type_group(const auto& values, bool one_without_parentheses) {
  const bool bare = one_without_parentheses && values.size() == 1;
  if (!bare) out_ += '(';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out_ += ", ";
    write_type(g_->type(values[i]));
  }
  if (!bare) out_ += ')';
}

inline void text_writer::write_types(op_id o, type_form form) {
  out_ += " : ";
  const auto operands = g_->operands(o);
  const auto results = g_->results(o);
  const auto list = [&](std::size_t first) {
    for (std::size_t i = first; i < operands.size(); ++i) {
      if (i != first) out_ += ", ";
      write_type(g_->type(operands[i]));
    }
  };
  bool same = !results.empty() || !operands.empty();
  for (const value_id v : operands) same = same && g_->type(v) == g_->type(results.empty() ? operands[0] : results[0]);
  for (const value_id v : results) same = same && g_->type(v) == g_->type(results[0]);
  switch (form) {
    case type_form::result:
      write_type(g_->type(results[0]));
      return;
    case type_form::same:
      if (same) {
        write_type(g_->type(results[0]));
        return;
      }
      break;
    case type_form::pairs:
      list(0);
      return;
    case type_form::operands:
      if (same) {
        write_type(g_->type(operands[0]));
      } else {
        list(0);
      }
      return;
    case type_form::select:
      write_type(g_->type(operands[0]));
      out_ += ", ";
      write_type(g_->type(results[0]));
      return;
    case type_form::arrow:
      list(0);
      out_ += " -> ";
      write_type_group(results, true);
      return;
    case type_form::function:
      break;
  }
  write_type_group(operands, false);
  out_ += " -> ";
  write_type_group(results, true);
}

// --- attributes ---------------------------------------------------------------------------------------------

// Annotations come in the order of their places, which is the order in which they are written. `any`: a brace is
// open already.
inline void text_writer::write_annotations(annotation::place where, std::size_t index, bool& any) {
  for (; next_annotation_ < annotation_order_.size(); ++next_annotation_) {
    const annotation& a = g_->annotations()[annotation_order_[next_annotation_]];
    if (a.where > where || (a.where == where && a.index > index)) return;
    if (a.where != where || a.index != index) continue;
    out_ += (any ? ", " : " {") + std::string(g_->text(a.key));
    if (!(a.value == text_id{})) out_ += " = " + std::string(g_->text(a.value));
    any = true;
  }
}

// What the form did not name: attributes and, in braces without angles, annotations.
inline void text_writer::write_rest(op_id o, attribute_writer& attributes, bool as_property) {
  bool any = false;
  for (written_attribute& e : attributes.entries) {
    if (e.used || e.is_default) continue;
    e.used = true;
    out_ += any ? ", " : as_property ? " <{" : " {";
    any = true;
    out_ += e.key;
    if (!e.is_unit) out_ += " = " + e.generic;
  }
  if (as_property) {
    if (any) out_ += "}>";
    return;
  }
  write_annotations(annotation::place::op, o.index, any);
  if (any) out_ += '}';
}

inline void text_writer::write_token(std::string_view token, attribute_writer& attributes) {
  token.remove_prefix(1);
  const std::size_t colon = std::min(token.find(':'), token.size());
  const std::string_view key = token.substr(0, colon), how = token.substr(std::min(colon + 1, token.size()));
  const auto take = [&](std::string_view k) -> std::string {
    written_attribute* const e = attributes.find(k);
    if (e == nullptr) return {};
    e->used = true;
    return e->bare;
  };
  const auto numbers = [](const std::string& list) {
    std::vector<std::string> items;
    for (std::size_t i = 1; i < list.size() && list[i] != ']';) {
      const std::size_t last = list.find_first_of(",]", i);
      items.push_back(list.substr(i, last - i));
      i = list[last] == ',' ? last + 2 : last;
    }
    return items;
  };
  if (how == "ranges") {
    const auto first = numbers(take("start_indices")), last = numbers(take("limit_indices")),
               step = numbers(take("strides"));
    out_ += '[';
    for (std::size_t i = 0; i < first.size(); ++i) {
      out_ += (i == 0 ? "" : ", ") + first[i] + ":" + (i < last.size() ? last[i] : "0");
      if (i < step.size() && step[i] != "1") out_ += ":" + step[i];
    }
    out_ += ']';
  } else if (how == "format") {
    out_ += "e" + take("exponent_bits") + "m" + take("mantissa_bits");
  } else if (how == "window") {
    out_ += '{';
    bool any = false;
    for (const window_part& part : window_parts) {
      written_attribute* const e = attributes.find(part.key);
      if (e == nullptr) continue;
      e->used = true;
      if (e->is_default) continue;
      out_ += (any ? ", " : "") + std::string(part.word) + " = " + e->bare;
      any = true;
    }
    out_ += '}';
  } else if (how == "precision") {
    std::string text = take(key);
    constexpr std::string_view opening = "#stablehlo<precision ";
    for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
      text.erase(at, opening.size());
      const std::size_t close = text.find('>', at);
      if (close != std::string::npos) text.erase(close, 1);
    }
    out_ += text;
  } else if (how == "algorithm") {
    std::string text = take(key);
    constexpr std::string_view opening = "#stablehlo.dot_algorithm";
    if (text.starts_with(opening)) text.erase(0, opening.size());
    out_ += text;
  } else if (how == "target") {
    const std::string text = take(key);
    if (text.size() >= 2 && text[0] == '"') {
      write_symbol(out_, unescape(std::string_view(text).substr(1, text.size() - 2)));
    } else {
      out_ += text;
    }
  } else {
    out_ += take(key);
  }
}

// True when the form itself said where the rest of the attributes stands.
inline bool text_writer::write_form(op_id o, std::string_view form, attribute_writer& attributes) {
  const auto operands = g_->operands(o);
  std::size_t next = 0;
  bool rest_written = false, tight = false;
  while (true) {
    const std::string_view token = next_token(form);
    if (token.empty()) return rest_written;
    if (token == "(?") {
      const std::string_view group = form.substr(0, form.find("?)"));
      bool wanted = false;
      for (std::string_view rest = group; !rest.empty();) {
        const std::string_view t = next_token(rest);
        if (t.empty() || t[0] != '$') continue;
        const written_attribute* const e = attributes.find(t.substr(1, std::min(t.find(':'), t.size()) - 1));
        wanted = wanted || (e != nullptr && !e->is_default);
      }
      if (!wanted) {
        for (std::string_view rest = group; !rest.empty();) {
          const std::string_view t = next_token(rest);
          if (t.empty() || t[0] != '$') continue;
          if (written_attribute* const e = attributes.find(t.substr(1, std::min(t.find(':'), t.size()) - 1)))
            e->used = true;
        }
        form.remove_prefix(group.size() + 2);
      }
      continue;
    }
    if (token == "?)") continue;
    if (token == "{}") {
      out_ += take_annotations(o);  // only these: ops whose form has braces here name all their attributes
      rest_written = true;
      continue;
    }
    const bool joins = token == "," || token == ")" || token == "]" || token == "(" || token == "[";
    if (!joins && !tight) out_ += ' ';
    tight = token == "(" || token == "[";
    if (token == "%") {
      if (next < operands.size()) write_value(operands[next++]);
    } else if (token == "%%") {
      write_values(operands.subspan(std::min(next, operands.size())));
      next = operands.size();
    } else if (token[0] == '$') {
      write_token(token, attributes);
    } else {
      out_ += token;
    }
  }
}

}  // namespace partita::stablehlo::detail
