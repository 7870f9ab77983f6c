// For tests: a back end that ends whoever loads it, under the name of a GPU's.
#include <cstdlib>

[[gnu::constructor]] static void loaded() { std::abort(); }
