#pragma once
// OpenSSL's objects, owned.

#include <memory>

namespace engine::crypto {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// OpensslPtr<X509, X509_free>.
template <class T, auto Free>
using OpensslPtr = std::unique_ptr<T, FreedBy<Free>>;

}  // namespace engine::crypto
