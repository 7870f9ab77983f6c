#include "sql_subset.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <regex>

namespace b3iq::tree {
namespace {

struct Token {
  enum class Kind : std::uint8_t { word, literal, sign } kind;
  std::string text;  // of a literal: what is between its quotes, without escapes
  int line;
};

// Enough of C++ for declarations: words, string literals (raw ones, too), single signs.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) step();
    return std::move(tokens_);
  }

 private:
  bool here(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  char now() const { return source_[at_]; }
  void skip(std::size_t to) {
    to = std::min(to, source_.size());
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    at_ = to;
  }
  void skip_past(std::string_view end, std::size_t from) {
    const auto found = source_.find(end, from);
    skip(found == source_.npos ? source_.size() : found + end.size());
  }

  void step() {
    if (std::isspace(static_cast<unsigned char>(now())) != 0) return skip(at_ + 1);
    if (here("//")) return skip_past("\n", at_);
    if (here("/*")) return skip_past("*/", at_ + 2);
    if (here("R\"")) return raw();
    if (now() == '"') return literal();
    if (now() == '\'') return character();
    if (is_word(now())) return word();
    tokens_.push_back({Token::Kind::sign, std::string(1, now()), line_});
    skip(at_ + 1);
  }
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  void word() {
    std::size_t end = at_;
    // 1'000 is one number
    while (end < source_.size() &&
           (is_word(source_[end]) || (source_[end] == '\'' && std::isdigit(now()) != 0))) {
      ++end;
    }
    tokens_.push_back({Token::Kind::word, std::string(source_.substr(at_, end - at_)), line_});
    skip(end);
  }
  void character() {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != '\'') end += source_[end] == '\\' ? 2 : 1;
    skip(end + 1);
  }
  void literal() {
    std::string text;
    std::size_t end = at_ + 1;
    for (; end < source_.size() && source_[end] != '"'; ++end) {
      if (source_[end] == '\\') ++end;
      if (end < source_.size()) text += source_[end];
    }
    tokens_.push_back({Token::Kind::literal, text, line_});
    skip(end + 1);
  }
  void raw() {
    const auto open = source_.find('(', at_);
    if (open == source_.npos) return skip(source_.size());
    const std::string end = ")" + std::string(source_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const auto close = std::min(source_.find(end, open), source_.size());
    tokens_.push_back(
        {Token::Kind::literal, std::string(source_.substr(open + 1, close - open - 1)), line_});
    skip(close + end.size());
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<Token> tokens_;
};

bool is_sign(const Token& token, std::string_view signs) {
  return token.kind == Token::Kind::sign && signs.find(token.text) != signs.npos;
}

// From an opening brace or parenthesis to behind its partner.
std::size_t past_group(const std::vector<Token>& tokens, std::size_t at) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    if (is_sign(tokens[at], "{(")) ++depth;
    if (is_sign(tokens[at], "})") && --depth == 0) return at + 1;
  }
  return at;
}

std::string literals(const std::vector<Token>& tokens, std::size_t from, std::size_t to) {
  std::string out;
  for (; from < to; ++from) {
    if (tokens[from].kind == Token::Kind::literal) out += tokens[from].text;
  }
  return out;
}

bool begins_as_sql(const std::string& text) {
  static const std::regex verb(
      R"(^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|TRUNCATE|LOCK|NOTIFY|LISTEN)\s)");
  return std::regex_search(text, verb);
}

// The literals that stand together from `at` on, with macros and their arguments between them.
std::size_t past_text(const std::vector<Token>& tokens, std::size_t at) {
  const auto goes_on = [&](const Token& token) {
    if (token.kind == Token::Kind::literal || is_sign(token, "\\#")) return true;
    return token.kind == Token::Kind::word;
  };
  std::size_t end = at;
  for (; at < tokens.size() && goes_on(tokens[at]); ++at)
    if (tokens[at].kind == Token::Kind::literal) end = at + 1;
  return end;
}

struct Rule {
  const char* pattern;  // of words, whatever their case
  const char* why;
};
const Rule kRules[] = {
    {R"(\b(LISTEN|UNLISTEN|NOTIFY)\b)", "CockroachDB has no LISTEN and NOTIFY"},
    {R"(\bpg_(try_)?advisory)", "CockroachDB has no advisory locks"},
    {R"(\b(BIG|SMALL)?SERIAL\b|\bSEQUENCE\b|\b(next|curr|set|last)val\b|\bIDENTITY\b|\bAUTOINCREMENT\b)",
     "sequences are a hot spot when rows are spread over machines: take a random or hashed key"},
    {R"(\bGENERATED\b)", "generated columns differ"},
    {R"(\bDEFERRABLE\b|\bDEFERRED\b)", "CockroachDB has no deferrable constraints"},
    {R"(\bTRIGGER\b|\bFUNCTION\b|\bPROCEDURE\b|\bCREATE\s+RULE\b)",
     "triggers and functions differ"},
    {R"(\bLOCK\b|\bLOCKED\b|\bFOR\s+(NO\s+KEY\s+)?(UPDATE|SHARE)\b)",
     "SQLite has no row locks; transactions are SERIALIZABLE already"},
    {R"(\bRETURNING\s+\*)", "RETURNING * changes with the schema: name the columns"},
    {R"(\bSELECT\s+\*)", "SELECT * changes with the schema: name the columns"},
    {R"(\bWITHOUT\s+ROWID\b|\bROWID\b|\bPRAGMA\b|\bSTRICT\b|\bGLOB\b|\bREPLACE\s+INTO\b|\bINSERT\s+OR\b|\bIFNULL\b|\bsqlite_)",
     "only SQLite has it"},
    {R"(\bILIKE\b|\bLATERAL\b|\bDISTINCT\s+ON\b|\bON\s+CONSTRAINT\b|\bARRAY\b|\bUNNEST\b|\bANY\s*\(|\bINHERITS\b|\bTABLESPACE\b|\bUNLOGGED\b|\bCONCURRENTLY\b|\bEXTENSION\b|\bPARTITION\s+(BY|OF)\s|\bUSING\s+(GIN|GIST|HASH|BTREE|BRIN)\b|\bTRUNCATE\b|\bCOPY\b|\bMERGE\b|\bGENERATE_SERIES\b|\bpg_)",
     "SQLite does not have it"},
    {R"(::)", "SQLite has no :: casts: write CAST(… AS …)"},
    {R"(\b(NOW|RANDOM|GEN_RANDOM_UUID|STRFTIME|JULIANDAY|DATETIME|UNIXEPOCH|DATE_TRUNC|EXTRACT|TO_CHAR)\s*\(|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bINTERVAL\b)",
     "time and chance come in as parameters"},
    {R"(\b(INT|INTEGER|SMALLINT|INT2|INT4|INT8|BLOB|BYTES|VARCHAR|CHARACTER|CHAR|BOOLEAN|BOOL|TIMESTAMP|TIMESTAMPTZ|DATE|TIME|JSON|JSONB|UUID|NUMERIC|DECIMAL|REAL|FLOAT|FLOAT8)\b)",
     "the types are BIGINT, TEXT, BYTEA and DOUBLE PRECISION (a yes or no is a BIGINT, a time "
     "too)"},
    {R"(\bON\s+CONFLICT\s+DO\b)", "name the columns of the conflict: ON CONFLICT (id)"},
    {R"(\bALTER\s+TABLE\s+\S+\s+(ALTER|ADD\s+(CONSTRAINT|PRIMARY|FOREIGN|UNIQUE|CHECK))\b)",
     "SQLite only adds, renames and drops columns"},
    {R"(\bDROP\s+(TABLE|COLUMN|INDEX)\b|\bRENAME\b)",
     "a program of the version before may still run: tables change by ADD COLUMN alone"},
    {R"(\b(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|VACUUM|ANALYZE)\b|^\s*SET\b|;\s*SET\b)",
     "transactions and settings are the driver's"},
    {R"(\?|:[a-z_]+|@[a-z_]+)", "parameters are $1, $2 …"},
};

// 'values' and "names" say nothing about the dialect.
std::string without_quoted(std::string_view sql) {
  static const std::regex quoted(R"('(?:[^']|'')*'|"[^"]*"|--[^\n]*)");
  return std::regex_replace(std::string(sql), quoted, " ");
}

}  // namespace

std::vector<SqlText> sql_of(std::string_view source) {
  const std::vector<Token> tokens = Lexer(source).run();
  std::vector<SqlText> found;
  std::size_t past_last = 0;  // of a Statement: its literals are no texts of their own
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == Token::Kind::literal && i >= past_last && begins_as_sql(token.text)) {
      past_last = past_text(tokens, i);
      found.push_back({token.line, "text", literals(tokens, i, past_last)});
    }
    if (token.kind != Token::Kind::word || token.text != "Statement" || i + 2 >= tokens.size())
      continue;
    if (tokens[i + 1].kind != Token::Kind::word) continue;  // a reference, a struct, a span
    std::size_t open = i + 2;
    while (open < tokens.size() && is_sign(tokens[open], "[]=")) ++open;
    if (open == tokens.size() || !is_sign(tokens[open], "{(")) continue;
    past_last = past_group(tokens, open);
    found.push_back(
        {token.line, "Statement " + tokens[i + 1].text, literals(tokens, open, past_last)});
  }
  return found;
}

std::vector<std::string> breaches_of(std::string_view sql) {
  const std::string plain = without_quoted(sql);
  std::vector<std::string> breaches;
  for (const Rule& rule : kRules) {
    const std::regex pattern(rule.pattern, std::regex::icase);
    std::smatch match;
    if (std::regex_search(plain, match, pattern)) {
      breaches.push_back("'" + match.str() + "': " + rule.why);
    }
  }
  return breaches;
}

}  // namespace b3iq::tree
