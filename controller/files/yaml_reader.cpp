// SPDX-License-Identifier: Apache-2.0
#include "controller/files/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>
#include <unordered_map>

#include "controller/files/yaml_scalar.h"

namespace palpo::files {
namespace {

using kube::Document;
using kube::kMaxDepth;
using kube::Value;
using kube::ValuePtr;

// Each anchor may be used that often in a document; honest manifests use a handful.
constexpr std::size_t kMaxAliases = 10'000;

// The parser passes on whatever bytes there are.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t ahead) {
      return at + ahead < text.size() ? static_cast<unsigned char>(text[at + ahead]) : 0U;
    };
    const unsigned lead = byte(0);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xc2 ? 4
                             : lead < 0xe0 ? 1
                             : lead < 0xf0 ? 2
                             : lead < 0xf5 ? 3
                                           : 4;
    if (more == 4) return false;
    for (std::size_t i = 1; i <= more; ++i)
      if ((byte(i) & 0xc0) != 0x80) return false;
    const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool none = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);
    if (overlong || none) return false;
    at += 1 + more;
  }
  return true;
}

class Builder : public YAML::EventHandler {
 public:
  // The parser hands out empty documents without end in front of a token that it cannot place ("]", ", x").
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == begun_at_) throw YAML::ParserException(mark, "unexpected characters outside of a value");
    begun_at_ = mark.pos;
    document_ = {};
    anchors_.clear();
    aliases_ = 0;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(std::make_shared<Value>(Value::Type::null, line_of(mark)), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (++aliases_ > kMaxAliases) throw YAML::ParserException(mark, "too many aliases");
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end() || is_open(at->second.get())) {
      fault(line_of(mark), "an alias refers to what it is part of");
      return put(std::make_shared<Value>(Value::Type::null, line_of(mark)), YAML::NullAnchor);
    }
    put(at->second, YAML::NullAnchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = std::make_shared<Value>(Value::Type::text, line_of(mark));
    type_scalar(*node, tag, value);
    plain_merge_ = tag == "?" && value == "<<";
    put(std::move(node), anchor);
    plain_merge_ = false;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(std::make_shared<Value>(Value::Type::array, line_of(mark)), mark, tag, "tag:yaml.org,2002:seq",
         anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(std::make_shared<Value>(Value::Type::object, line_of(mark)), mark, tag, "tag:yaml.org,2002:map",
         anchor);
  }
  void OnMapEnd() override {
    merge(open_.back());
    open_.back().node->sort_members();
    open_.pop_back();
  }

  Document take() {
    open_.clear();
    return std::move(document_);
  }

 private:
  struct Open {
    ValuePtr node;
    bool has_key = false;
    bool merge_key = false;
    std::string key;
    int key_line = 0;
    std::unordered_map<std::string, int> lines;  // of the keys so far
    std::vector<ValuePtr> merged;
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  void fault(int line, std::string message) {
    if (document_.fault.found()) return;
    document_.line = line;
    document_.fault.message = std::move(message);
  }
  bool is_open(const Value* node) const {
    for (const auto& level : open_)
      if (level.node.get() == node) return true;
    return false;
  }

  void open(ValuePtr node, const YAML::Mark& mark, const std::string& tag, std::string_view expected,
            YAML::anchor_t anchor) {
    if (open_.size() >= kMaxDepth)
      throw YAML::ParserException(mark, "nests deeper than " + std::to_string(kMaxDepth));
    if (!tag.empty() && tag != "?" && tag != "!" && tag != expected)
      fault(line_of(mark), "the tag " + tag + " is not supported");
    put(node, anchor);
    open_.push_back({std::move(node), false, false, {}, 0, {}, {}});
  }

  void put(ValuePtr node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node->type == Value::Type::array) {
      parent.node->items.push_back(std::move(node));
    } else if (!parent.has_key) {
      put_key(parent, *node);
    } else {
      put_value(parent, std::move(node));
    }
  }

  void put_key(Open& parent, const Value& key) {
    parent.has_key = true;
    parent.key_line = key.line;
    parent.merge_key = plain_merge_;
    parent.key = key.scalar;
    if (key.type == Value::Type::null || key.type == Value::Type::array || key.type == Value::Type::object)
      fault(key.line, "a mapping key is not a text");
    if (parent.merge_key) return;
    const auto [first, fresh] = parent.lines.try_emplace(parent.key, key.line);
    if (!fresh)
      fault(key.line, "mapping key \"" + parent.key + "\" is repeated; it is already defined at line " +
                          std::to_string(first->second));
  }
  void put_value(Open& parent, ValuePtr value) {
    parent.has_key = false;
    if (parent.merge_key) {
      parent.merged.push_back(std::move(value));
    } else {
      parent.node->members.push_back({parent.key, parent.key_line, std::move(value)});
    }
  }

  // "<<": members of other mappings where the mapping has none of its own.
  void merge(Open& level) {
    for (const auto& value : level.merged) {
      const bool several = value->type == Value::Type::array;
      const std::vector<ValuePtr> sources = several ? value->items : std::vector{value};
      for (const auto& source : sources) {
        if (source->type != Value::Type::object) {
          fault(source->line, "the value of \"<<\" is not a mapping");
          continue;
        }
        for (const auto& member : source->members)
          if (level.lines.try_emplace(member.name, member.line).second) level.node->members.push_back(member);
      }
    }
  }

  void type_scalar(Value& node, const std::string& tag, const std::string& value) {
    node.scalar = value;
    if (!is_utf8(value)) return fault(node.line, "not UTF-8 text");
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return;
    const auto scalar = resolve_plain(value);
    static const std::map<std::string_view, Scalar::Type> kTags{
        {"tag:yaml.org,2002:int", Scalar::Type::number},
        {"tag:yaml.org,2002:float", Scalar::Type::number},
        {"tag:yaml.org,2002:bool", Scalar::Type::boolean},
        {"tag:yaml.org,2002:null", Scalar::Type::null}};
    if (tag != "?" && !tag.empty()) {
      const auto known = kTags.find(tag);
      if (known == kTags.end()) return fault(node.line, "the tag " + tag + " is not supported");
      if (known->second != scalar.type)
        return fault(node.line, "the value is not what its tag " + tag + " says");
    }
    if (scalar.type == Scalar::Type::not_json)
      return fault(node.line, "not a number that JSON has; write a text in quotes");
    if (scalar.type == Scalar::Type::text) return;
    if (scalar.type == Scalar::Type::number) return node.set_number(scalar.json);
    node.type = scalar.type == Scalar::Type::null ? Value::Type::null : Value::Type::boolean;
    node.scalar = scalar.json;
  }

  Document document_;
  int begun_at_ = -1;  // where in the text the document begins
  std::vector<Open> open_;
  std::map<YAML::anchor_t, ValuePtr> anchors_;
  std::size_t aliases_ = 0;
  bool plain_merge_ = false;
};

}  // namespace

std::vector<Document> read_yaml(std::string_view text) {
  std::vector<Document> documents;
  Builder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
      auto document = builder.take();
      const bool blank = !document.root || document.root->is_null();
      if (!blank || document.fault.found()) documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& failure) {
    auto& rest = documents.emplace_back();
    rest.line = failure.mark.is_null() ? 1 : failure.mark.line + 1;
    rest.fault.message = failure.msg;
  }
  return documents;
}

}  // namespace palpo::files
