// For tests: copies a GGUF file with another chat template.
//   b3_gguf_template IN OUT TEMPLATE_FILE
#include <ggml.h>
#include <gguf.h>

#include <fstream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  ggml_context* tensors = nullptr;
  gguf_context* file = gguf_init_from_file(argv[1], {false, &tensors});
  if (file == nullptr) return 1;
  std::ifstream input(argv[3]);
  std::string text((std::istreambuf_iterator<char>(input)), {});
  gguf_context* copy = gguf_init_empty();
  gguf_set_kv(copy, file);
  gguf_set_val_str(copy, "tokenizer.chat_template", text.c_str());
  for (ggml_tensor* tensor = ggml_get_first_tensor(tensors); tensor != nullptr;
       tensor = ggml_get_next_tensor(tensors, tensor)) {
    if (gguf_find_tensor(file, ggml_get_name(tensor)) < 0)
      continue;  // the blob that holds them all
    gguf_add_tensor(copy, tensor);
  }
  bool written = gguf_write_to_file(copy, argv[2], false);
  gguf_free(copy);
  gguf_free(file);
  ggml_free(tensors);
  return written ? 0 : 1;
}
